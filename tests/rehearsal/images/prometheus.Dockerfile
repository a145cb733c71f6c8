# In place of prom/prometheus.
FROM localhost/rehearsal:base
RUN install -d -o nobody /prometheus
USER nobody
ENTRYPOINT ["prometheus"]
