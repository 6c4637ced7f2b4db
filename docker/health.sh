#!/bin/bash
# Whether the server in this container can do its work. The image has no HTTP client, and bash can do this much.
set -euo pipefail
exec 3<>/dev/tcp/127.0.0.1/"${CONVI_LISTEN##*:}"
printf 'GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 4 line <&3
[[ $line == "HTTP/1.1 200"* ]]
