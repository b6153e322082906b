#!/bin/sh
# Installs the wiki when there are no settings yet, then serves it.
set -eu
cd /var/www/html
if [ ! -s /config/LocalSettings.php ]; then
  umask 077
  secrets=$(mktemp -d)
  trap 'rm -rf "$secrets"' EXIT
  printf '%s' "$DB_PASSWORD" >"$secrets/db"
  printf '%s' "$ADMIN_PASSWORD" >"$secrets/admin"
  php maintenance/run.php install --dbtype=mysql --dbserver=db --dbname=wiki --dbuser=wiki \
    --dbpassfile="$secrets/db" --passfile="$secrets/admin" \
    --server="$WIKI_URL" --scriptpath="" --confpath="$secrets" "$WIKI_NAME" Admin
  # The port can be another one at the next start.
  printf '\n$wgServer = getenv( "WIKI_URL" ) ?: $wgServer;\n$wgEnableUploads = true;\n' >>"$secrets/LocalSettings.php"
  cp "$secrets/LocalSettings.php" /config/LocalSettings.php
  chown www-data: /config/LocalSettings.php
  chmod 640 /config/LocalSettings.php
  chmod 755 /config
  rm -rf "$secrets"
  trap - EXIT
fi
chown www-data: images
ln -sf /config/LocalSettings.php LocalSettings.php
exec apache2-foreground
