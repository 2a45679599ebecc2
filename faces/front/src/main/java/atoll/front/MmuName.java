package atoll.front;

import atoll.scenario.MmuTechniques;
import java.util.List;
import picocli.CommandLine.ITypeConverter;

/** Reads the name of a way to translate addresses. */
final class MmuName implements ITypeConverter<String>, Worded {
  @Override
  public List<String> words() {
    return MmuTechniques.WORDS;
  }

  @Override
  public String convert(String value) {
    return Choice.of(value, "MMU technique", MmuTechniques.WORDS);
  }
}
