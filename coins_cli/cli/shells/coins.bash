# Completion of coins in bash. Put into ~/.bashrc:  source <(coins completion bash)
_coins() {
    local kind="" word
    COMPREPLY=()
    while IFS= read -r word; do
        if [[ -z $kind ]]; then kind=$word; else COMPREPLY+=("$word"); fi
    done < <(COINS_COMPLETE=bash "${COMP_WORDS[0]/#\~/$HOME}" "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
    case $kind in
        files) compopt -o default 2> /dev/null ;;
        words) [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null ;;
        folders) compopt -o dirnames 2> /dev/null ;;
    esac
}
complete -F _coins coins
