#!/bin/sh
# Print the path of a Python that can make this project's .venv, or nothing and fail.
# $PYTHON if it will do, else a 3.13 (what Azure runs) wherever it is, else a later one.

# A pyenv shim can be on PATH and fail, and Debian's python3 may lack venv: so each one is run, not only found.
# Prints the interpreter's own path; $1 is the interpreter, $2 what its version has to be.
will_do() {
    "$1" -c "
import ensurepip, ssl, sys, venv
sys.exit(0 if sys.version_info[:2] $2 (3, 13) and not print(sys.executable) else 1)
" 2>/dev/null </dev/null
}

if [ -n "${PYTHON:-}" ]; then
    will_do "$PYTHON" '>=' && exit
    echo "PYTHON=$PYTHON is not a Python 3.13 or later that can make a venv: looking for another." >&2
fi

candidates() {
    (
        IFS=:
        for folder in $PATH; do
            for name in python3.13 python3.14 python3; do
                [ -x "$folder/$name" ] && echo "$folder/$name"
            done
        done
    )
    for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[3-9]*/bin/python3; do
        [ -x "$python" ] && echo "$python"
    done
}

for version in '==' '>='; do
    candidates | {
        while IFS= read -r python; do
            will_do "$python" "$version" && exit
        done
        exit 1
    } && exit
done
exit 1
