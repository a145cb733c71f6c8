#!/bin/bash
# What the rehearsal needs, on Debian as root: podman without systemd, podman-compose, and a Debian
# to build the stand-in images from.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=.tools/rehearsal

if ! command -v podman debootstrap >/dev/null; then
    [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] || { echo "The rehearsal installs podman on Debian, as root."; exit 1; }
    apt-get update -qq
    apt-get install -qq --no-install-recommends podman buildah runc netavark aardvark-dns iptables nftables debootstrap >/dev/null
fi
if [ ! -e /etc/containers/containers.conf ]; then
    mkdir -p /etc/containers
    printf '%s\n' '[containers]' 'default_ulimits = ["nofile=4096:4096","nproc=4096:4096"]' \
        '[engine]' 'runtime = "runc"' 'cgroup_manager = "cgroupfs"' > /etc/containers/containers.conf
fi
if [ ! -x "$tools/bin/podman-compose" ]; then
    .tools/bin/uv venv --quiet --python .venv/bin/python "$tools"
    .tools/bin/uv pip install --quiet --python "$tools/bin/python" podman-compose==1.6.0
fi
if ! podman image exists localhost/rehearsal:debian; then
    root=$(mktemp -d)
    trap 'rm -rf "$root"' EXIT
    echo "Building a Debian for the stand-in images …"
    debootstrap --variant=minbase --include=ca-certificates,wget,python3,python3-venv,python3-pip,redis-server,prometheus,prometheus-alertmanager \
        bookworm "$root" >/dev/null
    tar -C "$root" -c . | podman import --quiet - localhost/rehearsal:debian >/dev/null
fi
