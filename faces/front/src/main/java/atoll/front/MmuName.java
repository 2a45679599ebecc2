package atoll.front;

import atoll.scenario.MmuTechniques;
import picocli.CommandLine.ITypeConverter;

/** Reads the name of a way to translate addresses. */
final class MmuName implements ITypeConverter<String> {
  @Override
  public String convert(String value) {
    return Choice.of(value, "MMU technique", MmuTechniques.WORDS);
  }
}
