#!/bin/sh
# Renders the pictures beside this folder from the sources here. Needs rsvg-convert (Debian: librsvg2-bin).
set -eu
cd "$(dirname "$0")"
cp icon.svg ../icon.svg
for size in 16 32 64 128 256 512; do
  rsvg-convert -w "$size" -h "$size" icon.svg -o "../icon-$size.png"
done
cp ../icon-512.png ../icon.png
for look in running suspended working broken stopped; do
  rsvg-convert -w 22 -h 22 "tray-$look.svg" -o "../tray-$look.png"
  rsvg-convert -w 44 -h 44 "tray-$look.svg" -o "../tray-$look@2x.png"
  rsvg-convert -w 22 -h 22 -s template.css "tray-$look.svg" -o "../tray-$look-Template.png"
  rsvg-convert -w 44 -h 44 -s template.css "tray-$look.svg" -o "../tray-$look-Template@2x.png"
done
