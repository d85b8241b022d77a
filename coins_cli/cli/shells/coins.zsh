#compdef coins
# Completion of coins in zsh. Put into ~/.zshrc, after compinit:  source <(coins completion zsh)
_coins() {
    local -a answer end
    answer=("${(@f)$(COINS_COMPLETE=zsh ${~words[1]} "${(@Q)words[2,CURRENT]}" 2> /dev/null)}")
    case ${answer[1]} in
        files) _files ;;
        folders) _files -/ ;;
        words)
            answer=("${(@)answer[2,-1]}")
            [[ ${answer[1]%%:*} == *= ]] && end=(-S "")
            (( $#answer )) && _describe coins answer "${end[@]}"
            ;;
    esac
}
if [[ ${funcstack[1]} == _coins ]]; then _coins "$@"; else compdef _coins coins; fi
