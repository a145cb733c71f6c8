-- The schema of GenAI Auto with the pgvector extension, for an empty database.
-- Generated from migrations/ by `python -m scripts.write_init_sql`; change it there.

BEGIN;

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

-- Running upgrade  -> 0001

create extension if not exists vector;

CREATE TABLE audit_entries (
    id SERIAL NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    record TEXT NOT NULL,
    detail JSONB DEFAULT '{}' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_audit_entries PRIMARY KEY (id)
);

CREATE INDEX ix_audit_entries_action ON audit_entries (action);

CREATE TABLE documents (
    id UUID NOT NULL,
    title TEXT NOT NULL,
    type TEXT NOT NULL,
    model TEXT,
    year INTEGER,
    market TEXT,
    language TEXT NOT NULL,
    source_name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    version INTEGER NOT NULL,
    superseded_at TIMESTAMP WITH TIME ZONE,
    pages INTEGER NOT NULL,
    chunks INTEGER NOT NULL,
    created_by TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_documents PRIMARY KEY (id),
    CONSTRAINT ck_documents_type CHECK (type in ('manual', 'spec', 'guide', 'faq', 'troubleshoot')),
    CONSTRAINT ck_documents_version CHECK (version >= 1),
    CONSTRAINT uq_documents_source_name_version UNIQUE (source_name, version)
);

CREATE UNIQUE INDEX uq_documents_content_hash_current ON documents (content_hash) WHERE superseded_at IS NULL;

CREATE UNIQUE INDEX uq_documents_source_name_current ON documents (source_name) WHERE superseded_at IS NULL;

CREATE TABLE knowledge_version (
    id SMALLINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_knowledge_version PRIMARY KEY (id),
    CONSTRAINT ck_knowledge_version_one_row CHECK (id = 1)
);

CREATE TABLE setup_links (
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_setup_links PRIMARY KEY (token_hash)
);

CREATE TABLE used_tickets (
    id UUID NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_used_tickets PRIMARY KEY (id)
);

CREATE TABLE users (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT DEFAULT 'customer' NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    failed_logins INTEGER DEFAULT '0' NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT ck_users_role_known CHECK (role in ('customer', 'staff', 'editor', 'admin')),
    CONSTRAINT uq_users_email UNIQUE (email)
);

CREATE TABLE customers (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    user_id UUID,
    language TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_customers PRIMARY KEY (id),
    CONSTRAINT fk_customers_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT uq_customers_user_id UNIQUE (user_id)
);

CREATE TABLE document_embeddings (
    id UUID NOT NULL,
    document_id UUID NOT NULL,
    ordinal INTEGER NOT NULL,
    text TEXT NOT NULL,
    page INTEGER,
    heading TEXT,
    type TEXT NOT NULL,
    model TEXT,
    year INTEGER,
    market TEXT,
    language TEXT NOT NULL,
    current BOOLEAN DEFAULT true NOT NULL,
    search_config REGCONFIG NOT NULL,
    lexemes TSVECTOR GENERATED ALWAYS AS (to_tsvector(search_config, ((COALESCE(heading, ''::text) || ' '::text) || text))) STORED NOT NULL,
    embedding HALFVEC NOT NULL,
    embedding_model TEXT NOT NULL,
    CONSTRAINT pk_document_embeddings PRIMARY KEY (id),
    CONSTRAINT fk_document_embeddings_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE,
    CONSTRAINT uq_document_embeddings_document_id_ordinal UNIQUE (document_id, ordinal)
);

CREATE INDEX ix_document_embeddings_lexemes ON document_embeddings USING gin (lexemes) WHERE current;

CREATE TABLE ingestion_jobs (
    id UUID NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    source_name TEXT NOT NULL,
    content BYTEA,
    content_hash TEXT NOT NULL,
    metadata JSONB,
    chunker TEXT,
    chunk_size INTEGER NOT NULL,
    chunk_overlap INTEGER NOT NULL,
    progress FLOAT DEFAULT '0' NOT NULL,
    step TEXT DEFAULT 'queued' NOT NULL,
    chunks_done INTEGER DEFAULT '0' NOT NULL,
    chunks_total INTEGER,
    unchanged BOOLEAN DEFAULT false NOT NULL,
    error TEXT,
    document_id UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    attempts INTEGER DEFAULT '0' NOT NULL,
    created_by TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_ingestion_jobs PRIMARY KEY (id),
    CONSTRAINT ck_ingestion_jobs_chunker CHECK (chunker in ('recursive', 'semantic', 'markdown', 'fixed')),
    CONSTRAINT ck_ingestion_jobs_state CHECK (state in ('queued', 'running', 'done', 'failed')),
    CONSTRAINT ck_ingestion_jobs_progress CHECK (progress between 0 and 1),
    CONSTRAINT fk_ingestion_jobs_document_id FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE SET NULL
);

CREATE INDEX ix_ingestion_jobs_waiting ON ingestion_jobs (created_at) WHERE state = ANY (ARRAY['queued'::text, 'running'::text]);

CREATE TABLE login_sessions (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    user_id UUID NOT NULL,
    refresh_hash BYTEA NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_login_sessions PRIMARY KEY (id),
    CONSTRAINT fk_login_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT uq_login_sessions_refresh_hash UNIQUE (refresh_hash)
);

CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id);

CREATE TABLE guests (
    id UUID NOT NULL,
    customer_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_guests PRIMARY KEY (id),
    CONSTRAINT fk_guests_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

COMMENT ON COLUMN guests.customer_id IS 'set once, when the guest signs in';

CREATE TABLE vehicles (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    customer_id UUID NOT NULL,
    model TEXT NOT NULL,
    year INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_vehicles PRIMARY KEY (id),
    CONSTRAINT fk_vehicles_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

CREATE INDEX ix_vehicles_customer_id ON vehicles (customer_id);

CREATE TABLE conversations (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    customer_id UUID,
    guest_id UUID,
    session_id TEXT NOT NULL,
    language TEXT,
    model TEXT,
    year INTEGER,
    last_seq INTEGER DEFAULT '0' NOT NULL,
    last_turn INTEGER DEFAULT '0' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_conversations PRIMARY KEY (id),
    CONSTRAINT ck_conversations_one_owner CHECK ((customer_id is null) <> (guest_id is null)),
    CONSTRAINT ck_conversations_session_id_length CHECK (length(session_id) between 1 and 100),
    CONSTRAINT fk_conversations_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT fk_conversations_guest_id FOREIGN KEY(guest_id) REFERENCES guests (id) ON DELETE CASCADE,
    CONSTRAINT uq_conversations_customer_id_session_id UNIQUE (customer_id, session_id),
    CONSTRAINT uq_conversations_guest_id_session_id UNIQUE (guest_id, session_id)
);

COMMENT ON COLUMN conversations.session_id IS 'the client''s own word for it';

COMMENT ON COLUMN conversations.model IS 'vehicle talked about';

CREATE TABLE personal_values (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    conversation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    placeholder TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_personal_values PRIMARY KEY (id),
    CONSTRAINT fk_personal_values_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT uq_personal_values_conversation_id_kind_fingerprint UNIQUE (conversation_id, kind, fingerprint),
    CONSTRAINT uq_personal_values_conversation_id_placeholder UNIQUE (conversation_id, placeholder)
);

COMMENT ON COLUMN personal_values.fingerprint IS 'keyed hash of the value';

CREATE TABLE turns (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    conversation_id UUID NOT NULL,
    number INTEGER NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    epoch INTEGER DEFAULT '0' NOT NULL,
    attempt INTEGER DEFAULT '0' NOT NULL,
    deaths INTEGER DEFAULT '0' NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    shown BOOLEAN DEFAULT 'false' NOT NULL,
    cancel_requested BOOLEAN DEFAULT 'false' NOT NULL,
    step TEXT,
    agent TEXT,
    route_method TEXT,
    route_certainty DOUBLE PRECISION,
    escalation TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    first_token_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_turns PRIMARY KEY (id),
    CONSTRAINT ck_turns_state_known CHECK (state in ('queued', 'running', 'answered', 'relayed', 'cancelled', 'failed')),
    CONSTRAINT fk_turns_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT uq_turns_conversation_id_number UNIQUE (conversation_id, number)
);

COMMENT ON COLUMN turns.epoch IS 'fences a lost lease';

COMMENT ON COLUMN turns.attempt IS 'starts so far';

COMMENT ON COLUMN turns.deaths IS 'processes lost over it';

COMMENT ON COLUMN turns.shown IS 'text left the server';

COMMENT ON COLUMN turns.step IS 'last progress step, for other replicas';

COMMENT ON COLUMN turns.escalation IS 'why a person should answer';

CREATE INDEX ix_turns_open ON turns (lease_until) WHERE state in ('queued', 'running');

CREATE UNIQUE INDEX uq_turns_one_queued ON turns (conversation_id) WHERE state = 'queued';

CREATE UNIQUE INDEX uq_turns_one_running ON turns (conversation_id) WHERE state = 'running';

CREATE TABLE llm_calls (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    turn_id UUID NOT NULL,
    epoch INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    first_token_ms INTEGER,
    duration_ms INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_llm_calls PRIMARY KEY (id),
    CONSTRAINT ck_llm_calls_outcome_known CHECK (outcome in ('ok', 'cancelled', 'failed')),
    CONSTRAINT fk_llm_calls_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE
);

CREATE INDEX ix_llm_calls_created_at ON llm_calls (created_at);

CREATE INDEX ix_llm_calls_turn_id ON llm_calls (turn_id);

CREATE TABLE messages (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    conversation_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    client_message_id TEXT,
    answer JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_messages PRIMARY KEY (id),
    CONSTRAINT ck_messages_author_known CHECK (author in ('customer', 'assistant', 'staff', 'system')),
    CONSTRAINT fk_messages_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT fk_messages_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE,
    CONSTRAINT uq_messages_conversation_id_seq UNIQUE (conversation_id, seq)
);

COMMENT ON COLUMN messages.answer IS 'of an answer: agent, outcome, sources, follow_ups, notice';

CREATE INDEX ix_messages_turn_id ON messages (turn_id);

CREATE UNIQUE INDEX uq_messages_client_message_id ON messages (conversation_id, client_message_id) WHERE client_message_id is not null;

CREATE UNIQUE INDEX uq_messages_one_answer ON messages (turn_id) WHERE author = 'assistant';

CREATE TABLE feedback (
    message_id UUID NOT NULL,
    rating TEXT NOT NULL,
    reason TEXT,
    comment TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_feedback PRIMARY KEY (message_id),
    CONSTRAINT ck_feedback_rating_known CHECK (rating in ('up', 'down')),
    CONSTRAINT fk_feedback_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE
);

COMMENT ON COLUMN feedback.comment IS 'masked';

insert into knowledge_version (id, version) values (1, 1);

create function refuse_change() returns trigger language plpgsql as $$
        begin raise exception '% is append-only', tg_table_name; end $$;

create trigger audit_entries_append_only before update or delete on audit_entries
        for each row execute function refuse_change();

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING alembic_version.version_num;

-- Running upgrade 0001 -> 0002

CREATE TABLE outbox_messages (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    key TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT DEFAULT 'queued' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_outbox_messages PRIMARY KEY (id),
    CONSTRAINT ck_outbox_messages_channel_known CHECK (channel in ('email', 'sms')),
    CONSTRAINT ck_outbox_messages_state_known CHECK (state in ('queued', 'sent', 'failed')),
    CONSTRAINT uq_outbox_messages_key UNIQUE (key)
);

COMMENT ON COLUMN outbox_messages.key IS 'what it is about, so it is owed once';

COMMENT ON COLUMN outbox_messages.sealed IS 'address and text, encrypted';

CREATE INDEX ix_outbox_messages_due ON outbox_messages (next_attempt_at) WHERE state = 'queued';

CREATE TABLE contacts (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    customer_id UUID NOT NULL,
    channel TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    ciphertext BYTEA NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_contacts PRIMARY KEY (id),
    CONSTRAINT ck_contacts_channel_known CHECK (channel in ('email', 'sms')),
    CONSTRAINT fk_contacts_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT uq_contacts_channel_fingerprint UNIQUE (channel, fingerprint)
);

CREATE INDEX ix_contacts_customer_id ON contacts (customer_id);

CREATE TABLE identity_codes (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    conversation_id UUID NOT NULL,
    channel TEXT NOT NULL,
    contact TEXT NOT NULL,
    code_hash BYTEA NOT NULL,
    tries INTEGER DEFAULT '0' NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_identity_codes PRIMARY KEY (id),
    CONSTRAINT ck_identity_codes_channel_known CHECK (channel in ('email', 'sms')),
    CONSTRAINT fk_identity_codes_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN identity_codes.contact IS 'the placeholder of the address or number';

CREATE INDEX ix_identity_codes_conversation_id ON identity_codes (conversation_id);

CREATE TABLE cards (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    conversation_id UUID NOT NULL,
    turn_id UUID NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    content JSONB NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_cards PRIMARY KEY (id),
    CONSTRAINT ck_cards_kind_known CHECK (kind in ('slots', 'action', 'code', 'diagnosis', 'appointments')),
    CONSTRAINT ck_cards_state_known CHECK (state in ('open', 'working', 'confirmed', 'declined', 'expired', 'replaced', 'failed')),
    CONSTRAINT fk_cards_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT fk_cards_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE,
    CONSTRAINT uq_cards_conversation_id_seq UNIQUE (conversation_id, seq)
);

COMMENT ON COLUMN cards.content IS 'what is shown, masked';

CREATE INDEX ix_cards_turn_id ON cards (turn_id);

CREATE TABLE pending_actions (
    card_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    kind TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    details JSONB NOT NULL,
    digest BYTEA NOT NULL,
    outcome JSONB,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_pending_actions PRIMARY KEY (card_id),
    CONSTRAINT ck_pending_actions_kind_known CHECK (kind in ('book', 'move', 'cancel')),
    CONSTRAINT ck_pending_actions_state_known CHECK (state in ('open', 'working', 'done', 'failed', 'declined', 'expired', 'replaced')),
    CONSTRAINT fk_pending_actions_card_id FOREIGN KEY(card_id) REFERENCES cards (id) ON DELETE CASCADE,
    CONSTRAINT fk_pending_actions_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);

COMMENT ON COLUMN pending_actions.digest IS 'of the details the card shows';

CREATE UNIQUE INDEX uq_pending_actions_one_open ON pending_actions (conversation_id) WHERE state in ('open', 'working');

ALTER TABLE conversations ADD COLUMN thread JSONB;

COMMENT ON COLUMN conversations.thread IS 'what the conversation is in the middle of';

ALTER TABLE conversations ADD COLUMN proven_customer_id UUID;

COMMENT ON COLUMN conversations.proven_customer_id IS 'a guest who proved who it is';

ALTER TABLE conversations ADD COLUMN proven_until TIMESTAMP WITH TIME ZONE;

ALTER TABLE conversations ADD CONSTRAINT fk_conversations_proven_customer_id FOREIGN KEY(proven_customer_id) REFERENCES customers (id) ON DELETE SET NULL;

ALTER TABLE messages ADD COLUMN action JSONB;

COMMENT ON COLUMN messages.action IS 'of a button pressed on a card: card_id, choice';

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';

-- Running upgrade 0002 -> 0003

CREATE TABLE bays (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT pk_bays PRIMARY KEY (id),
    CONSTRAINT uq_bays_name UNIQUE (name)
);

CREATE TABLE holidays (
    day DATE NOT NULL,
    name TEXT NOT NULL,
    closes TIME WITHOUT TIME ZONE,
    CONSTRAINT pk_holidays PRIMARY KEY (day)
);

COMMENT ON COLUMN holidays.closes IS 'empty: closed all day';

CREATE TABLE opening_hours (
    weekday INTEGER NOT NULL,
    opens TIME WITHOUT TIME ZONE NOT NULL,
    closes TIME WITHOUT TIME ZONE NOT NULL,
    CONSTRAINT pk_opening_hours PRIMARY KEY (weekday, opens),
    CONSTRAINT ex_opening_hours_block EXCLUDE USING gist (int4range(weekday, weekday, '[]') WITH =, tsrange('2000-01-01'::date + opens, '2000-01-01'::date + closes) WITH &&),
    CONSTRAINT ck_opening_hours_forward CHECK (opens < closes and closes < '24:00'),
    CONSTRAINT ck_opening_hours_weekday CHECK (weekday between 0 and 6)
);

CREATE TABLE service_types (
    code TEXT NOT NULL,
    names JSONB NOT NULL,
    minutes INTEGER NOT NULL,
    skill TEXT NOT NULL,
    prices JSONB DEFAULT '{}' NOT NULL,
    currency TEXT DEFAULT 'USD' NOT NULL,
    models TEXT[] DEFAULT '{}' NOT NULL,
    every_miles JSONB,
    every_months JSONB,
    position INTEGER DEFAULT '0' NOT NULL,
    CONSTRAINT pk_service_types PRIMARY KEY (code),
    CONSTRAINT ck_service_types_currency CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT ck_service_types_prices CHECK (jsonb_typeof(prices) = 'object'),
    CONSTRAINT ck_service_types_named CHECK (names ->> 'en' is not null),
    CONSTRAINT ck_service_types_minutes CHECK (minutes between 1 and 1440)
);

COMMENT ON COLUMN service_types.names IS 'by language';

COMMENT ON COLUMN service_types.models IS 'empty: all';

COMMENT ON COLUMN service_types.every_miles IS 'by "MODEL YEAR" or "MODEL"';

COMMENT ON COLUMN service_types.position IS 'order in lists';

CREATE TABLE technicians (
    id SERIAL NOT NULL,
    name TEXT NOT NULL,
    skills TEXT[] DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_technicians PRIMARY KEY (id)
);

CREATE TABLE appointments (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    reference TEXT NOT NULL,
    customer_id UUID NOT NULL,
    vehicle_id UUID,
    model TEXT,
    year INTEGER,
    service_code TEXT NOT NULL,
    bay_id INTEGER NOT NULL,
    technician_id INTEGER NOT NULL,
    during TSTZRANGE NOT NULL,
    price_cents INTEGER,
    currency TEXT NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT 'booked' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_appointments PRIMARY KEY (id),
    CONSTRAINT ex_appointments_bay EXCLUDE USING gist (during WITH &&, int4range(bay_id, bay_id, '[]') WITH =) WHERE (state = 'booked'),
    CONSTRAINT ex_appointments_technician EXCLUDE USING gist (during WITH &&, int4range(technician_id, technician_id, '[]') WITH =) WHERE (state = 'booked'),
    CONSTRAINT ck_appointments_during CHECK (lower_inc(during) and not upper_inc(during) and not upper_inf(during) and upper(during) <= lower(during) + interval '24 hours'),
    CONSTRAINT ck_appointments_reference CHECK (reference ~ '^[A-Z]{2}-[0-9A-Z]{5}$'),
    CONSTRAINT ck_appointments_state CHECK (state in ('booked', 'cancelled', 'done')),
    CONSTRAINT ck_appointments_reason CHECK (length(reason) <= 2000),
    CONSTRAINT ck_appointments_price CHECK (price_cents between 0 and 10000000),
    CONSTRAINT ck_appointments_year CHECK (year between 1950 and 2100),
    CONSTRAINT fk_appointments_bay_id FOREIGN KEY(bay_id) REFERENCES bays (id),
    CONSTRAINT fk_appointments_customer_id FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT fk_appointments_service_code FOREIGN KEY(service_code) REFERENCES service_types (code),
    CONSTRAINT fk_appointments_technician_id FOREIGN KEY(technician_id) REFERENCES technicians (id),
    CONSTRAINT fk_appointments_vehicle_id FOREIGN KEY(vehicle_id) REFERENCES vehicles (id) ON DELETE SET NULL,
    CONSTRAINT uq_appointments_reference UNIQUE (reference)
);

COMMENT ON COLUMN appointments.reference IS 'what the customer is told';

COMMENT ON COLUMN appointments.price_cents IS 'empty: quoted on the spot';

COMMENT ON COLUMN appointments.reason IS 'masked';

CREATE INDEX ix_appointments_customer_id ON appointments (customer_id);

CREATE INDEX ix_appointments_vehicle_id ON appointments (vehicle_id);

CREATE TABLE service_history (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    vehicle_id UUID NOT NULL,
    service_code TEXT NOT NULL,
    day DATE NOT NULL,
    mileage INTEGER,
    note TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_service_history PRIMARY KEY (id),
    CONSTRAINT ck_service_history_mileage CHECK (mileage between 0 and 2000000),
    CONSTRAINT fk_service_history_vehicle_id FOREIGN KEY(vehicle_id) REFERENCES vehicles (id) ON DELETE CASCADE
);

CREATE INDEX ix_service_history_vehicle_id ON service_history (vehicle_id);

CREATE TABLE appointment_writes (
    key TEXT NOT NULL,
    appointment_id UUID NOT NULL,
    action TEXT NOT NULL,
    during TSTZRANGE NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_appointment_writes PRIMARY KEY (key),
    CONSTRAINT ck_appointment_writes_action CHECK (action in ('book', 'move', 'cancel')),
    CONSTRAINT ck_appointment_writes_state CHECK (state in ('booked', 'cancelled', 'done')),
    CONSTRAINT fk_appointment_writes_appointment_id FOREIGN KEY(appointment_id) REFERENCES appointments (id) ON DELETE CASCADE
);

COMMENT ON COLUMN appointment_writes.key IS 'the caller''s';

CREATE INDEX ix_appointment_writes_appointment_id ON appointment_writes (appointment_id);

ALTER TABLE vehicles ADD COLUMN mileage INTEGER;

COMMENT ON COLUMN vehicles.mileage IS 'in miles';

ALTER TABLE vehicles ADD COLUMN mileage_on DATE;

COMMENT ON COLUMN vehicles.mileage_on IS 'when the mileage was read';

ALTER TABLE vehicles ADD COLUMN powertrain TEXT;

ALTER TABLE vehicles ADD COLUMN bought_on DATE;

ALTER TABLE vehicles ADD CONSTRAINT ck_vehicles_mileage CHECK (mileage between 0 and 2000000);

ALTER TABLE vehicles ADD CONSTRAINT ck_vehicles_powertrain_known CHECK (powertrain in ('petrol', 'diesel', 'hybrid', 'electric'));

UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';

-- Running upgrade 0003 -> 0004

ALTER TABLE pending_actions ADD COLUMN begun_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN pending_actions.begun_at IS 'when the calendar was last asked to do it';

UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';

-- Running upgrade 0004 -> 0005

CREATE TABLE api_keys (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    name TEXT NOT NULL,
    shown TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    scopes TEXT[] NOT NULL,
    created_by UUID,
    replaces UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (id),
    CONSTRAINT ck_api_keys_name_length CHECK (length(name) between 1 and 80),
    CONSTRAINT fk_api_keys_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_api_keys_replaces_api_keys FOREIGN KEY(replaces) REFERENCES api_keys (id) ON DELETE SET NULL,
    CONSTRAINT uq_api_keys_secret_hash UNIQUE (secret_hash)
);

COMMENT ON COLUMN api_keys.shown IS 'its beginning, to tell keys apart';

COMMENT ON COLUMN api_keys.replaces IS 'the key it was rotated from';

CREATE TABLE verifications (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    turn_id UUID,
    api_key_id UUID,
    request_id TEXT,
    response TEXT,
    context JSONB,
    action TEXT NOT NULL,
    tier INTEGER NOT NULL,
    method TEXT NOT NULL,
    confidence FLOAT NOT NULL,
    failure_class TEXT,
    severity TEXT,
    explanation TEXT NOT NULL,
    took_ms FLOAT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_verifications PRIMARY KEY (id),
    CONSTRAINT ck_verifications_one_origin CHECK ((turn_id is null) <> (response is null)),
    CONSTRAINT ck_verifications_action_known CHECK (action in ('allow', 'warn', 'block')),
    CONSTRAINT ck_verifications_tier_known CHECK (tier between 1 and 3),
    CONSTRAINT fk_verifications_turn_id_turns FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE,
    CONSTRAINT fk_verifications_api_key_id_api_keys FOREIGN KEY(api_key_id) REFERENCES api_keys (id) ON DELETE SET NULL
);

COMMENT ON COLUMN verifications.response IS 'as it was handed in, masked';

COMMENT ON COLUMN verifications.context IS 'masked';

CREATE INDEX ix_verifications_turn_id ON verifications (turn_id);

CREATE INDEX ix_verifications_created_at ON verifications (created_at);

ALTER TABLE turns ADD COLUMN screened TEXT;

COMMENT ON COLUMN turns.screened IS 'what rules heard and answered at once';

create view detection_logs as
        select v.id, coalesce(v.response, m.text, '') as llm_response, v.context, v.action,
          v.tier as tier_used, v.method, v.confidence, v.took_ms as processing_time_ms,
          v.failure_class, v.severity, v.explanation, v.action = 'block' as blocked,
          v.created_at, v.request_id
        from verifications as v
        left join messages as m on m.turn_id = v.turn_id and m.author = 'assistant';

UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';

-- Running upgrade 0005 -> 0006

CREATE TABLE cached_answers (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    basis TEXT NOT NULL,
    vehicle TEXT NOT NULL,
    question TEXT NOT NULL,
    embedding HALFVEC NOT NULL,
    answer JSONB NOT NULL,
    knowledge TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cached_answers PRIMARY KEY (id),
    CONSTRAINT uq_cached_answers_basis_vehicle_question UNIQUE (basis, vehicle, question)
);

COMMENT ON COLUMN cached_answers.basis IS 'language, documents'' version, prompts, model';

COMMENT ON COLUMN cached_answers.question IS 'without personal data, by rule';

COMMENT ON COLUMN cached_answers.embedding IS 'of the bundled model';

COMMENT ON COLUMN cached_answers.knowledge IS 'stamp of the documents';

ALTER TABLE knowledge_version ADD COLUMN stamp TEXT DEFAULT gen_random_uuid() NOT NULL;

COMMENT ON COLUMN knowledge_version.stamp IS 'new with every change; a version comes back when a backup is restored';

CREATE INDEX ix_cached_answers_expires_at ON cached_answers (expires_at);

UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';

-- Running upgrade 0006 -> 0007

ALTER TABLE customers ADD COLUMN erased_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN customers.erased_at IS 'nobody any more; bookings keep the id';

ALTER TABLE guests ADD COLUMN erased_at TIMESTAMP WITH TIME ZONE;

COMMENT ON COLUMN guests.erased_at IS 'the guest''s token holds no longer';

ALTER TABLE conversations ADD COLUMN placeholders JSONB DEFAULT '{}' NOT NULL;

COMMENT ON COLUMN conversations.placeholders IS 'numbers given so far, by kind';

ALTER TABLE outbox_messages ADD COLUMN key_id TEXT DEFAULT '' NOT NULL;

COMMENT ON COLUMN outbox_messages.key_id IS 'empty: from before rotation';

ALTER TABLE outbox_messages ADD COLUMN customer_id UUID;

CREATE INDEX ix_outbox_messages_customer_id ON outbox_messages (customer_id);

ALTER TABLE outbox_messages ADD CONSTRAINT fk_outbox_messages_customer_id_customers FOREIGN KEY(customer_id) REFERENCES customers (id) ON DELETE CASCADE;

ALTER TABLE outbox_messages ADD COLUMN conversation_id UUID;

CREATE INDEX ix_outbox_messages_conversation_id ON outbox_messages (conversation_id);

ALTER TABLE outbox_messages ADD CONSTRAINT fk_outbox_messages_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE;

update conversations as c set placeholders = given.numbers from (
  select conversation_id, jsonb_object_agg(kind, number) as numbers from (
    select conversation_id, kind, count(*) as number from personal_values group by 1, 2) as counted
  group by conversation_id) as given
where c.id = given.conversation_id;

update outbox_messages as o set conversation_id = i.conversation_id
from identity_codes as i where o.key = 'code:' || i.id;

update outbox_messages as o set customer_id = a.customer_id
from appointments as a where o.purpose = 'reminder' and split_part(o.key, ':', 2) = a.id::text;

UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';

-- Running upgrade 0007 -> 0008

CREATE TABLE canned_replies (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    shortcut TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_canned_replies PRIMARY KEY (id),
    CONSTRAINT ck_canned_replies_shortcut CHECK (shortcut ~ '^[a-z0-9-]{1,30}$'),
    CONSTRAINT ck_canned_replies_text_length CHECK (length(text) between 1 and 2000),
    CONSTRAINT uq_canned_replies_shortcut_language UNIQUE (shortcut, language)
);

CREATE TABLE handoffs (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    reference TEXT NOT NULL,
    conversation_id UUID NOT NULL,
    turn_id UUID,
    state TEXT DEFAULT 'open' NOT NULL,
    reason TEXT NOT NULL,
    priority INTEGER NOT NULL,
    agent TEXT,
    language TEXT NOT NULL,
    confidence DOUBLE PRECISION,
    model TEXT,
    year INTEGER,
    after_hours BOOLEAN DEFAULT 'false' NOT NULL,
    summary JSONB NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    target_at TIMESTAMP WITH TIME ZONE NOT NULL,
    snoozed_until TIMESTAMP WITH TIME ZONE,
    assigned_to UUID,
    claimed_by UUID,
    claimed_name TEXT,
    claimed_at TIMESTAMP WITH TIME ZONE,
    replied_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT,
    outcome_note TEXT,
    rating INTEGER,
    rating_comment TEXT,
    rated_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_handoffs PRIMARY KEY (id),
    CONSTRAINT ck_handoffs_outcome_known CHECK (outcome in ('solved', 'callback', 'no_reply', 'not_ours', 'returned')),
    CONSTRAINT ck_handoffs_reason_known CHECK (reason in ('safety_concern', 'user_request', 'sensitive_topic', 'policy_block', 'tool_error', 'repeated_failure', 'low_confidence', 'complex_issue', 'budget', 'after_hours')),
    CONSTRAINT ck_handoffs_state_known CHECK (state in ('open', 'claimed', 'resolved', 'expired')),
    CONSTRAINT ck_handoffs_priority_known CHECK (priority between 1 and 4),
    CONSTRAINT ck_handoffs_rating_known CHECK (rating between 1 and 5),
    CONSTRAINT fk_handoffs_assigned_to FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_handoffs_claimed_by FOREIGN KEY(claimed_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_handoffs_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT fk_handoffs_turn_id FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE SET NULL,
    CONSTRAINT uq_handoffs_reference UNIQUE (reference),
    CONSTRAINT uq_handoffs_turn_id UNIQUE (turn_id)
);

COMMENT ON COLUMN handoffs.reference IS 'what the customer is told';

COMMENT ON COLUMN handoffs.turn_id IS 'the turn that decided it';

COMMENT ON COLUMN handoffs.priority IS '1 is the most urgent';

COMMENT ON COLUMN handoffs.summary IS 'masked: text, question, tried, results, suggestion';

COMMENT ON COLUMN handoffs.target_at IS 'when somebody should have claimed it';

COMMENT ON COLUMN handoffs.assigned_to IS 'transferred to this person';

COMMENT ON COLUMN handoffs.claimed_by IS 'null for a person in a help desk';

COMMENT ON COLUMN handoffs.replied_at IS 'the first reply';

COMMENT ON COLUMN handoffs.outcome_note IS 'masked: what was agreed';

COMMENT ON COLUMN handoffs.rating_comment IS 'masked';

CREATE INDEX ix_handoffs_conversation_id ON handoffs (conversation_id);

CREATE INDEX ix_handoffs_queue ON handoffs (priority, opened_at) WHERE state in ('open', 'claimed');

CREATE INDEX ix_handoffs_resolved_at ON handoffs (resolved_at);

CREATE UNIQUE INDEX uq_handoffs_one_at_a_time ON handoffs (conversation_id) WHERE state in ('open', 'claimed');

CREATE TABLE handoff_notes (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    handoff_id UUID NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_handoff_notes PRIMARY KEY (id),
    CONSTRAINT fk_handoff_notes_handoff_id FOREIGN KEY(handoff_id) REFERENCES handoffs (id) ON DELETE CASCADE
);

COMMENT ON COLUMN handoff_notes.text IS 'masked';

CREATE INDEX ix_handoff_notes_handoff_id ON handoff_notes (handoff_id);

CREATE TABLE knowledge_gaps (
    message_id UUID NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    note TEXT NOT NULL,
    reported_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_knowledge_gaps PRIMARY KEY (message_id),
    CONSTRAINT ck_knowledge_gaps_state_known CHECK (state in ('open', 'closed')),
    CONSTRAINT fk_knowledge_gaps_message_id FOREIGN KEY(message_id) REFERENCES messages (id) ON DELETE CASCADE,
    CONSTRAINT fk_knowledge_gaps_reported_by FOREIGN KEY(reported_by) REFERENCES users (id) ON DELETE SET NULL
);

COMMENT ON COLUMN knowledge_gaps.note IS 'masked: what would have been right';

ALTER TABLE messages ADD COLUMN event JSONB;

COMMENT ON COLUMN messages.event IS 'of the system: type, reference, state, name; of staff: name';

ALTER TABLE messages ALTER COLUMN turn_id DROP NOT NULL;

COMMENT ON COLUMN messages.turn_id IS 'null for staff and system';

ALTER TABLE messages ADD CONSTRAINT ck_messages_turn_of_its_own CHECK ((turn_id is null) = (author in ('staff', 'system')));

UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';

-- Running upgrade 0008 -> 0009

CREATE TABLE webhook_endpoints (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    format TEXT NOT NULL,
    events TEXT[] NOT NULL,
    options JSONB DEFAULT '{}' NOT NULL,
    origin TEXT DEFAULT 'page' NOT NULL,
    sealed BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    secret_unread BOOLEAN DEFAULT 'false' NOT NULL,
    former_until TIMESTAMP WITH TIME ZONE,
    enabled BOOLEAN DEFAULT 'true' NOT NULL,
    disabled_why TEXT,
    last_success_at TIMESTAMP WITH TIME ZONE,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (id),
    CONSTRAINT ck_webhook_endpoints_disabled_why_known CHECK (disabled_why in ('admin', 'gone', 'settings')),
    CONSTRAINT ck_webhook_endpoints_format_known CHECK (format in ('generic', 'slack', 'teams', 'chatwoot')),
    CONSTRAINT ck_webhook_endpoints_origin_known CHECK (origin in ('page', 'settings')),
    CONSTRAINT ck_webhook_endpoints_name_length CHECK (length(name) between 1 and 80),
    CONSTRAINT ck_webhook_endpoints_url_length CHECK (length(url) between 1 and 2000),
    CONSTRAINT ck_webhook_endpoints_reason_of_its_own CHECK (enabled = (disabled_why is null)),
    CONSTRAINT fk_webhook_endpoints_created_by FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL
);

COMMENT ON COLUMN webhook_endpoints.options IS 'of chatwoot: account_id, inbox_id';

COMMENT ON COLUMN webhook_endpoints.sealed IS 'encrypted: secret, former secret, token';

COMMENT ON COLUMN webhook_endpoints.secret_unread IS 'minted at a start; an admin may read it once';

COMMENT ON COLUMN webhook_endpoints.former_until IS 'the former secret signs until then';

CREATE UNIQUE INDEX uq_webhook_endpoints_one_of_settings ON webhook_endpoints (origin) WHERE origin = 'settings';

CREATE TABLE deliveries (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    number INTEGER GENERATED ALWAYS AS IDENTITY,
    endpoint_id UUID NOT NULL,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    conversation_id UUID,
    handoff_id UUID,
    state TEXT DEFAULT 'queued' NOT NULL,
    dead_why TEXT,
    attempts INTEGER DEFAULT '0' NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    delivered_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT ck_deliveries_dead_why_known CHECK (dead_why in ('exhausted', 'gone', 'disabled', 'erased')),
    CONSTRAINT ck_deliveries_state_known CHECK (state in ('queued', 'delivered', 'dead')),
    CONSTRAINT ck_deliveries_reason_of_its_own CHECK ((state = 'dead') = (dead_why is not null)),
    CONSTRAINT fk_deliveries_conversation_id FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT fk_deliveries_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    CONSTRAINT fk_deliveries_handoff_id FOREIGN KEY(handoff_id) REFERENCES handoffs (id) ON DELETE CASCADE,
    CONSTRAINT uq_deliveries_number UNIQUE (number)
);

COMMENT ON COLUMN deliveries.number IS 'order';

COMMENT ON COLUMN deliveries.body IS 'what is signed, masked; empty once erased';

COMMENT ON COLUMN deliveries.attempts IS 'begun since it was queued';

COMMENT ON COLUMN deliveries.lease_until IS 'somebody is sending it';

CREATE INDEX ix_deliveries_endpoint_id ON deliveries (endpoint_id);

CREATE INDEX ix_deliveries_conversation_id ON deliveries (conversation_id);

CREATE INDEX ix_deliveries_handoff_id ON deliveries (handoff_id);

CREATE INDEX ix_deliveries_created_at ON deliveries (created_at);

CREATE INDEX ix_deliveries_undelivered ON deliveries (state) WHERE state in ('queued', 'dead');

CREATE INDEX ix_deliveries_due ON deliveries (endpoint_id, next_attempt_at) WHERE state = 'queued';

CREATE INDEX ix_deliveries_in_order ON deliveries (handoff_id, number) WHERE state = 'queued';

CREATE TABLE delivery_attempts (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    delivery_id UUID NOT NULL,
    status INTEGER,
    problem TEXT,
    took_ms INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_delivery_attempts PRIMARY KEY (id),
    CONSTRAINT fk_delivery_attempts_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id) ON DELETE CASCADE
);

COMMENT ON COLUMN delivery_attempts.status IS 'of HTTP; null without an answer';

COMMENT ON COLUMN delivery_attempts.problem IS 'kind of error; null when delivered';

CREATE INDEX ix_delivery_attempts_delivery_id ON delivery_attempts (delivery_id);

CREATE TABLE received_webhooks (
    endpoint_id UUID NOT NULL,
    webhook_id TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT pk_received_webhooks PRIMARY KEY (endpoint_id, webhook_id),
    CONSTRAINT fk_received_webhooks_endpoint_id FOREIGN KEY(endpoint_id) REFERENCES webhook_endpoints (id) ON DELETE CASCADE
);

CREATE INDEX ix_received_webhooks_received_at ON received_webhooks (received_at);

UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';

-- Running upgrade 0009 -> 0010

ALTER TABLE llm_calls ADD COLUMN agent TEXT;

COMMENT ON COLUMN llm_calls.agent IS 'who worked on the turn then, or the router';

ALTER TABLE llm_calls ADD COLUMN cost_micros BIGINT;

COMMENT ON COLUMN llm_calls.cost_micros IS 'millionths of a US dollar; null: nobody knows';

ALTER TABLE llm_calls ADD COLUMN price_version TEXT;

COMMENT ON COLUMN llm_calls.price_version IS 'the price list it was taken from';

ALTER TABLE conversations ADD COLUMN judged_seq INTEGER DEFAULT '0' NOT NULL;

COMMENT ON COLUMN conversations.judged_seq IS 'up to here its outcome has been counted';

update conversations set judged_seq = last_seq;

CREATE INDEX ix_conversations_to_judge ON conversations (updated_at) WHERE judged_seq < last_seq;

UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';

-- Running upgrade 0010 -> 0011

ALTER TABLE turns ADD COLUMN timeline JSONB;

COMMENT ON COLUMN turns.timeline IS 'what each step took: names and numbers';

ALTER TABLE messages ADD COLUMN masking_ms FLOAT;

COMMENT ON COLUMN messages.masking_ms IS 'what masking took';

ALTER TABLE llm_calls ADD COLUMN conversation_id UUID;

ALTER TABLE llm_calls ADD CONSTRAINT fk_llm_calls_conversation_id_conversations FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE;

CREATE INDEX ix_llm_calls_conversation_id ON llm_calls (conversation_id);

ALTER TABLE llm_calls ADD COLUMN estimate_micros BIGINT;

COMMENT ON COLUMN llm_calls.estimate_micros IS 'at most this, in millionths of a US dollar, reckoned before the call';

ALTER TABLE llm_calls ALTER COLUMN turn_id DROP NOT NULL;

ALTER TABLE llm_calls ALTER COLUMN epoch DROP NOT NULL;

ALTER TABLE llm_calls ALTER COLUMN duration_ms DROP NOT NULL;

ALTER TABLE llm_calls DROP CONSTRAINT ck_llm_calls_outcome_known;

ALTER TABLE llm_calls ADD CONSTRAINT ck_llm_calls_outcome_known CHECK (outcome in ('open', 'ok', 'cancelled', 'failed', 'unknown'));

CREATE INDEX ix_llm_calls_open ON llm_calls (created_at) WHERE outcome = 'open';

update llm_calls set conversation_id = (select conversation_id from turns where turns.id = turn_id);

UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';

COMMIT;
