#!/bin/sh
# Brings the database up to date, then serves the application.
set -eu
rm -f tmp/pids/server.pid
bin/rails db:prepare
exec bin/rails server --binding 0.0.0.0 --port 3000
