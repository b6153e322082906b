#!/bin/bash
# Gives Kibana's own user its password. Neither password stands in an argument.
set -euo pipefail
umask 077
printf '{"password":"%s"}' "$KIBANA_PASSWORD" >/tmp/body
printf 'user = "elastic:%s"\n' "$ELASTIC_PASSWORD" | curl -fsS -K - -X POST \
  -H "Content-Type: application/json" --data-binary @/tmp/body \
  http://elasticsearch:9200/_security/user/kibana_system/_password
rm -f /tmp/body
