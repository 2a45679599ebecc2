package atoll.front;

import atoll.scenario.Engines;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/** Reads an engine's name, of those that there are on some host. */
final class EngineName implements ITypeConverter<String>, Worded {
  @Override
  public List<String> words() {
    return Engines.WORDS;
  }

  @Override
  public String convert(String value) {
    return Choice.of(value, "engine", Engines.WORDS);
  }
}
