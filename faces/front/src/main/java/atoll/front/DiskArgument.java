package atoll.front;

import atoll.scenario.DiskSpec;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code FILE} or {@code FILE,ro}. */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final String READ_ONLY = ",ro";

  @Override
  public DiskSpec convert(String value) {
    boolean readOnly = value.endsWith(READ_ONLY);
    String name = readOnly ? value.substring(0, value.length() - READ_ONLY.length()) : value;
    return new DiskSpec(new FileName().convert(name), readOnly);
  }
}
