# Completion of taskmux for bash 3.2 or newer. What may stand at the cursor is asked of taskmux itself.

_taskmux() {
  local answer kind line word=${COMP_WORDS[COMP_CWORD]} prefix=
  # Where bash doesn't break words at '=', the flag is part of what is replaced.
  [[ $word != --*=* ]] || prefix=${word%%=*}=
  COMPREPLY=()
  answer=$(command taskmux __complete bash "${COMP_LINE:0:COMP_POINT}" 2>/dev/null) || return 0
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$prefix${line%%$'\t'*}"); fi
  done <<<"$answer"
  # Registered with readline's own file names, which are wanted only now and then; bash 3.2 can't leave them out.
  case $kind in
    files) ;;
    directories) ! type compopt >/dev/null 2>&1 || compopt +o default -o dirnames ;;
    *) ! type compopt >/dev/null 2>&1 || compopt +o default ;;
  esac
}

complete -o default -F _taskmux taskmux
