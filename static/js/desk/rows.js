/** Frames of the socket as rows of a transcript, the way `GET /api/v1/handoffs/{id}` has them. */
const MAKERS = {
  accepted: (frame) => ({ author: "customer", text: frame.message }),
  human_message: (frame) => ({ author: "staff", name: frame.name, text: frame.message }),
  complete: ({ response, metadata }) => ({
    author: "assistant", text: response, agent: metadata?.agent, confidence: metadata?.confidence, sources: metadata?.sources ?? [],
  }),
  participant: ({ state, name }) => ({ author: "system", event: state, name }),
  handoff: ({ state, outcome, name }) => ({ author: "system", event: happened(state, outcome), name }),
};

/** Null for frames that are not kept. */
export function rowOf(frame) {
  const make = MAKERS[frame.type];
  if (!make || frame.seq === undefined || frame.seq === null) return null;
  const { seq, message_id: messageId = null, turn = null, client_message_id: clientMessageId = null } = frame;
  const at = frame.created_at ?? new Date().toISOString();
  return { seq, message_id: messageId, turn, client_message_id: clientMessageId, created_at: at, ...make(frame) };
}

function happened(state, outcome) {
  if (outcome === "returned") return "returned";
  return state === "open" ? "opened" : state;
}
