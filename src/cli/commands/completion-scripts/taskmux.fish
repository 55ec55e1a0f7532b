# Completion of taskmux for fish. What may stand at the cursor is asked of taskmux itself.

function __taskmux_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -e before[1]
    set -l answer (command taskmux __complete fish $before "$current" 2>/dev/null)
    set -l kind $answer[1]
    set -e answer[1]
    # What is replaced is the whole word, its flag too.
    set -l prefix (string match -r -- '^--[^=]*=' "$current")
    set -l rest (string replace -- "$prefix" '' "$current")
    switch "$kind"
        case files
            set answer (__fish_complete_path "$rest")
        case directories
            set answer (__fish_complete_directories "$rest" '')
    end
    printf '%s\n' "$prefix"$answer
end

complete -c taskmux -f -a '(__taskmux_complete)'
