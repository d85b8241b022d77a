# Completion of coins in fish. Put into ~/.config/fish/config.fish:  coins completion fish | source
function __coins_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l answer (COINS_COMPLETE=fish $words[1] $words[2..-1] 2> /dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path (commandline -ct)
        case folders
            __fish_complete_directories (commandline -ct)
        case words
            string join \n -- $answer[2..-1]
    end
end
complete -c coins -f -a '(__coins_complete)'
