#!/bin/sh
# Brings the database up to date, then serves the application.
set -eu
php artisan migrate --force --no-interaction
chown -R www-data: storage
exec apache2-foreground
