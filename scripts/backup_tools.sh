# Shared by scripts/backup and scripts/restore: how PostgreSQL and Redis are reached.
# Without DATABASE_URL they are the containers of docker-compose.yml, whose programs fit their
# server. With DATABASE_URL (and REDIS_URL) this machine's own programs are used.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
DB_CONTAINER=${DB_CONTAINER:-genai-auto-db}
REDIS_CONTAINER=${REDIS_CONTAINER:-genai-auto-redis}

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

setting() { # name, default: the environment, else .env, else the default
  local found=${!1:-}
  [ -n "$found" ] || found=$(sed -n "s/^$1=//p" "$ROOT/.env" 2>/dev/null | tail -n 1)
  echo "${found:-$2}"
}

postgres() { # program, arguments…: run it against the database
  local program=$1; shift
  if [ -n "${DATABASE_URL:-}" ]; then
    "$program" --dbname="$DATABASE_URL" "$@"
  else
    docker exec -i "$DB_CONTAINER" "$program" \
      -U "$(setting POSTGRES_USER genai)" -d "$(setting POSTGRES_DB genai_auto)" "$@"
  fi
}

archive() { # arguments…: pg_restore on a dump at standard input, without a database
  local status=0
  if [ -n "${DATABASE_URL:-}" ]; then pg_restore "$@" || status=$?; else
    docker exec -i "$DB_CONTAINER" pg_restore "$@" || status=$?
  fi
  cat > /dev/null # it may stop before the last byte, and who writes must not notice
  return $status
}

query() { postgres psql --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 -c "$1"; }

redis_reached() { [ -z "${DATABASE_URL:-}" ] || [ -n "${REDIS_URL:-}" ]; }

redis() { # arguments…: redis-cli; in the container REDISCLI_AUTH is set
  if [ -n "${REDIS_URL:-}" ]; then redis-cli --no-auth-warning -u "$REDIS_URL" "$@"; else
    docker exec "$REDIS_CONTAINER" redis-cli "$@"
  fi
}

check_versions() { # pg_dump refuses a newer server; so do we, in words
  [ -n "${DATABASE_URL:-}" ] || return 0
  local program server
  for program in psql pg_dump pg_restore; do
    command -v "$program" >/dev/null || fail "$program is not installed (postgresql-client)."
  done
  program=$(pg_dump --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
  server=$(query 'show server_version_num') || fail "PostgreSQL at DATABASE_URL does not answer."
  server=$((server / 10000))
  [ "$program" -ge "$server" ] || fail "pg_dump $program does not fit PostgreSQL $server:" \
    "install postgresql-client-$server, or run it in the server's container."
}

sealing() { # -e or -d: encrypt or decrypt with the passphrase of BACKUP_PASSPHRASE_FILE
  openssl enc "$1" -aes-256-cbc -pbkdf2 -iter 300000 -pass "file:$BACKUP_PASSPHRASE_FILE"
}
