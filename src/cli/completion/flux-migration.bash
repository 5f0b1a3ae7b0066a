# bash completion for flux-migration, made by: flux-migration completion bash
# The program itself says what can come next. flux-migration __complete WORDS... prints a candidate a line, a tab and what it is; then a
# colon and the sum of: 4 no files, 16 folders, 32 in this order.

# REPLY is the word as the program would get it. Nothing in it is expanded but a leading ~/, so that no TAB runs what a line holds.
__flux_migration_unquote() {
  local text=$1 quote= character i
  REPLY=
  [[ $text == "~/"* ]] && text=$HOME/${text:2}
  for ((i = 0; i < ${#text}; i++)); do
    character=${text:i:1}
    if [[ $quote == "'" && $character != "'" ]]; then
      REPLY+=$character
    elif [[ $character == "\\" ]]; then
      i=$((i + 1))
      REPLY+=${text:i:1}
    elif [[ -n $quote && $character == "$quote" ]]; then
      quote=
    elif [[ -z $quote && ( $character == "'" || $character == '"' ) ]]; then
      quote=$character
    else
      REPLY+=$character
    fi
  done
}

_flux_migration() {
  # Bash ends a word at : and = as well. What follows no space belongs to the word before.
  local line=${COMP_LINE:0:COMP_POINT} words word i blank
  words=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    blank=${line%%[![:space:]]*}
    line=${line#"$blank"}
    if ((i == COMP_CWORD)); then word=$line; else word=${COMP_WORDS[i]}; fi
    line=${line#"$word"}
    if [[ -n $blank || $i -eq 0 ]]; then words+=("$word"); else words[${#words[@]}-1]+=$word; fi
  done

  local REPLY program typed prefix= written=${words[${#words[@]}-1]}
  local -a arguments
  __flux_migration_unquote "${words[0]}"
  program=$REPLY
  type -P "$program" >/dev/null || program=flux-migration
  arguments=()
  for word in "${words[@]:1}"; do
    __flux_migration_unquote "$word"
    arguments+=("$REPLY")
  done
  typed=$REPLY
  [[ $typed == -*=* ]] && prefix=${typed%%=*}=

  local answer directive
  answer=$("$program" __complete "${arguments[@]}" 2>/dev/null) || return 0
  directive=${answer##*:}
  [[ $directive =~ ^[0-9]+$ ]] || return 0
  answer=${answer%:*}

  COMPREPLY=()
  if ((directive & 16)); then
    type compopt >/dev/null 2>&1 && compopt -o filenames
    while IFS= read -r word; do
      [[ -n $word ]] && COMPREPLY+=("$word")
    done <<<"$(compgen -d -- "${typed#"$prefix"}")"
    return 0
  fi
  if type compopt >/dev/null 2>&1; then
    ((directive & 4)) && compopt +o default
    ((directive & 32)) && compopt -o nosort 2>/dev/null
  fi

  # What stands before the last : or = stays on the line: bash replaces what follows it.
  local kept= value description width=0 quoted breaks=
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  [[ -n $breaks ]] && kept=${written%"${written##*[$breaks]}"}
  local -a values descriptions
  values=()
  descriptions=()
  while IFS=$'\t' read -r value description; do
    [[ -n $value && $prefix$value == "$typed"* ]] || continue
    quoted=$value
    [[ $written == [\"\']* ]] || printf -v quoted %q "$value"
    quoted=$prefix$quoted
    quoted=${quoted#"$kept"}
    values+=("$quoted")
    descriptions+=("$description")
    ((${#quoted} > width)) && width=${#quoted}
  done <<<"$answer"
  # Descriptions are for reading, not where each candidate is put on the line in turn (37: menu-complete, 42: insert-completions).
  for ((i = 0; i < ${#values[@]}; i++)); do
    word=${values[i]}
    if ((${#values[@]} > 1 && COMP_TYPE != 37 && COMP_TYPE != 42)) && [[ -n ${descriptions[i]} ]]; then
      printf -v word '%-*s  %s' "$width" "$word" "(${descriptions[i]})"
      word=${word:0:${COLUMNS:-80}-1}
    fi
    COMPREPLY+=("$word")
  done
  return 0
}

complete -o default -F _flux_migration flux-migration
