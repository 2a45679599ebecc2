#!/bin/sh
# Guess: a plain scalar such as ${name} is a string for a YAML 1.2 parser, which knows no variables, and so its node has the tag
#   tag:yaml.org,2002:str, at least as long as no variables are configured (LoadSettings.setEnvConfig is empty by default).
# Behaviour: its node has the tag !ENV_VARIABLE, in the schemas JSON (the default) and Core, while a${name} and "${name}" are strings. Who works with nodes, for lines in
#   messages, and asks for the tag of a string, refuses it. Load, which makes objects of nodes, hides it: it gives the text.
# Version: SnakeYAML Engine 3.2.
# Source: BaseScalarResolver has ENV_FORMAT among the implicit resolvers, whatever the settings are.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source-path=SCRIPTDIR source=lib/common disable=SC1091 # without -x
. "$(dirname -- "$0")/lib/common"

jars "$work/jars" org.snakeyaml:snakeyaml-engine:3.2

cat >"$work/Tags.java" <<'END'
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.schema.CoreSchema;

class Tags {
  public static void main(String[] arguments) {
    LoadSettings settings = LoadSettings.builder().build();
    for (String text : new String[] {"${name}", "a${name}", "\"${name}\""}) {
      System.out.println(new Compose(settings).composeString(text).orElseThrow().getTag().getValue());
    }
    LoadSettings core = LoadSettings.builder().setSchema(new CoreSchema()).build();
    System.out.println(new Compose(core).composeString("${name}").orElseThrow().getTag().getValue());
    System.out.println(new Load(settings).loadFromString("${name}").getClass().getName());
  }
}
END
timeout 60 java -cp "$work/jars/*" "$work/Tags.java" >"$work/said"
line() { sed -n "$1p" "$work/said"; }
# shellcheck disable=SC2016 # the text itself
expect 'tag of ${name}' '!ENV_VARIABLE' "$(line 1)"
# shellcheck disable=SC2016
expect 'tag of a${name}' 'tag:yaml.org,2002:str' "$(line 2)"
# shellcheck disable=SC2016
expect 'tag of "${name}"' 'tag:yaml.org,2002:str' "$(line 3)"
# shellcheck disable=SC2016
expect 'tag of ${name} in the schema Core' '!ENV_VARIABLE' "$(line 4)"
expect 'what Load makes of it' 'java.lang.String' "$(line 5)"
confirmed 'the node of a variable is no string'
