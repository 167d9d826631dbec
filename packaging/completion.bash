# Completion for fakeocs and fakeocs-certgen in bash. What can follow is asked of the program's own help, so this file
# knows no option and no subcommand by name.

_fakeocs() {
    local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} words=() help i
    for ((i = 1; i < COMP_CWORD; i++)); do
        # Only what the help lists is a subcommand: a value is not asked for its help.
        help=$("$program" "${words[@]}" --help 2>/dev/null) || return
        if sed -n '/^Subcommands:/,/^$/p' <<<"$help" | grep -qE "^  ${COMP_WORDS[i]//[^a-z-]/.} "; then
            words+=("${COMP_WORDS[i]}")
        fi
    done
    help=$("$program" "${words[@]}" --help 2>/dev/null) || return
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Options:/,/^$/p' <<<"$help" | grep -oE '^ +-[^ ]+' | tr -d ' ' |
            tr , '\n')" -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Subcommands:/,/^$/p' <<<"$help" | grep -oE '^  [a-z][a-z-]*')" \
        -- "$current")
    [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
complete -o filenames -F _fakeocs fakeocs fakeocs-certgen
