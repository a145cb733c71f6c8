#!/usr/bin/env bash
# Installs the programs the tests drive, as root on Debian; elsewhere says which tests are left out.
set -euo pipefail

has() { command -v "$1" >/dev/null; }

install() {
  echo "Installing $* …"
  # The servers are run by the tests, never as services.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

declare -A package=([chromium]=chromium [promtool]=prometheus [amtool]=prometheus-alertmanager [nginx]=nginx [openssl]=openssl)
missing=()
for program in "${!package[@]}"; do
  has "$program" || missing+=("${package[$program]}")
done

may_install=false
[ "$(id -u)" -eq 0 ] && has apt-get && may_install=true

if [ ${#missing[@]} -gt 0 ]; then
  if $may_install; then
    install "${missing[@]}"
  else
    echo "Not installed: ${missing[*]}. The tests that need them are left out and say so."
  fi
fi
if $may_install && ! has chromium-headless-shell; then
  install chromium-headless-shell || echo "Without chromium-headless-shell: the pages are tried in chromium, which takes longer."
fi
