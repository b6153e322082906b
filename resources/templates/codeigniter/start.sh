#!/bin/sh
# Hands the writable folder to the server's user, then serves the application.
set -eu
chown -R www-data: writable
exec apache2-foreground
