#!/usr/bin/env bash
# Installs the programs the tests drive, as root on Debian; elsewhere says which tests are left out.
set -euo pipefail

declare -A package=([chromium-headless-shell]=chromium-headless-shell [promtool]=prometheus [amtool]=prometheus-alertmanager [nginx]=nginx [openssl]=openssl)
missing=()
for program in "${!package[@]}"; do
  command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} …"
  apt-get update -qq
  # The servers are run by the tests, never as services.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "Not installed: ${missing[*]}. The tests that need them are left out and say so."
fi
