#compdef taskmux
# Completion of taskmux for zsh. What may stand at the cursor is asked of taskmux itself.

_taskmux() {
  local -a before answer choices
  local kind line value
  (( CURRENT > 2 )) && before=("${(@Q)words[2,CURRENT-1]}")
  answer=("${(@f)$(command taskmux __complete zsh "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
  kind=$answer[1]
  shift answer
  [[ $PREFIX == --*=* ]] && compset -P '*='
  case $kind in
    files) _files ;;
    directories) _files -/ ;;
    words)
      for line in $answer; do
        value=${line%%$'\t'*}
        choices+=("${value//:/\\:}:${line#*$'\t'}")
      done
      _describe 'taskmux' choices
      ;;
  esac
}

# In a directory of $fpath this file is the function; else it was sourced.
if [[ $funcstack[1] == _taskmux ]]; then _taskmux "$@"; else compdef _taskmux taskmux; fi
