# fish completion of brygga
function __brygga_words
    set -l words (commandline -opc) (commandline -ct)
    set -l found (brygga completion words -- $words[2..-1] 2>/dev/null)
    if test "$found" = ":files"
        __fish_complete_path (commandline -ct)
    else
        string join \n -- $found
    end
end
complete -c brygga -f -a '(__brygga_words)'
