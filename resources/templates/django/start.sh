#!/bin/sh
# Brings the database up to date, makes the first user, then serves the project.
set -eu
python manage.py migrate --noinput
python manage.py createsuperuser --noinput 2>/dev/null || echo "The user is there already."
exec gunicorn --bind 0.0.0.0:8000 --workers 2 project.wsgi
