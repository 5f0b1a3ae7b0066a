# fish completion for flux-migration, made by: flux-migration completion fish
# The program itself says what can come next. flux-migration __complete WORDS... prints a candidate a line, a tab and what it is; then a
# colon and the sum of: 4 no files, 16 folders, 32 in this order.

function __flux_migration_complete
    # Words without their quotes; nothing is expanded but a leading ~/, and nothing is run that a line holds.
    set -l words (string replace -r '^~/' "$HOME/" -- (commandline -opc))
    set -l typed (commandline -ct)
    set -l unquoted (string unescape -- "$typed")
    and set typed "$unquoted"
    set -l answer ($words[1] __complete $words[2..-1] "$typed" 2>/dev/null)
    or return
    set -l directive (string match -rg '^:(\d+)$' -- $answer[-1])
    or return
    set -e answer[-1]
    # Of --flag=value, fish wants the flag before each value.
    set -l flag (string match -r -- '^-[^=]*=' "$typed")
    if test (math "bitand($directive, 16)") -ne 0
        set answer (__fish_complete_directories (string replace -- "$flag" '' "$typed") '')
    else if test (math "bitand($directive, 4)") -eq 0
        set -a answer (__fish_complete_path (string replace -- "$flag" '' "$typed"))
    end
    for line in $answer
        printf '%s%s\n' "$flag" "$line"
    end
end

complete -c flux-migration -e
complete -c flux-migration -k -f -a '(__flux_migration_complete)'
