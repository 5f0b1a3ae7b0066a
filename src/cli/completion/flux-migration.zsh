#compdef flux-migration
# zsh completion for flux-migration, made by: flux-migration completion zsh
# The program itself says what can come next. flux-migration __complete WORDS... prints a candidate a line, a tab and what it is; then a
# colon and the sum of: 4 no files, 16 folders, 32 in this order.

_flux-migration() {
  emulate -L zsh
  setopt extendedglob
  # Quotes are taken off, and nothing is expanded but a leading ~/: no TAB runs what a line holds.
  local program=${(Q)${words[1]/#\~\//$HOME/}}
  local -a before lines candidates order
  before=("${(@Q)${(@)words[2,CURRENT-1]/#\~\//$HOME/}}")
  (( CURRENT < 3 )) && before=()
  local answer directive line value
  answer=$("$program" __complete "${before[@]}" "${(Q)PREFIX}" 2>/dev/null) || return 1
  lines=("${(@f)answer}")
  directive=${lines[-1]#:}
  [[ $directive == <-> ]] || return 1
  lines[-1]=()

  # Of --flag=value, the value alone is completed.
  [[ $PREFIX == -*=* ]] && compset -P '*='
  if (( directive & 16 )); then
    _path_files -/
    return
  fi
  for line in "${lines[@]}"; do
    [[ -n $line ]] || continue
    value=${${${line%%$'\t'*}//\\/\\\\}//:/\\:}
    if [[ $line == *$'\t'* ]]; then
      candidates+=("$value:${line#*$'\t'}")
    else
      candidates+=("$value")
    fi
  done
  local -i found=1
  (( directive & 32 )) && order=(-V)
  if (( ${#candidates} )); then
    _describe "${order[@]}" flux-migration candidates && found=0
  fi
  if (( !(directive & 4) )); then
    _files && found=0
  fi
  return found
}

# As a file in fpath this is the function's body; by source it has to be made known.
if [[ $funcstack[1] == _flux-migration ]]; then
  _flux-migration "$@"
else
  compdef _flux-migration flux-migration
fi
