#!/bin/sh

# In place of the entry point of nginx's official image, what its description
# says of it: of each /etc/nginx/templates/NAME.template it makes
# /etc/nginx/conf.d/NAME, in which variables of the environment, written as
# ${NAME}, have their values, and then starts what it was given.

set -e

if [ -d /etc/nginx/templates ]; then
    # shellcheck disable=SC2016
    names=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p')

    for template in /etc/nginx/templates/*.template; do
        name=${template##*/}
        envsubst "$names" <"$template" >"/etc/nginx/conf.d/${name%.template}"
    done
fi

exec "$@"
