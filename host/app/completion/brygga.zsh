#compdef brygga
_brygga() {
    local -a found
    local line
    for line in ${(f)"$(brygga completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"}; do
        if [[ $line == :files ]]; then _files; return; fi
        line=${line//:/\\:}
        found+=("${line/$'\t'/:}")
    done
    _describe 'brygga' found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _brygga "$@"; else compdef _brygga brygga; fi
