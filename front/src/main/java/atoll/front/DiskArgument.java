package atoll.front;

import atoll.manager.MachineSpec.DiskSpec;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code FILE} or {@code FILE,ro}. */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final String READ_ONLY = ",ro";

  @Override
  public DiskSpec convert(String value) {
    return value.endsWith(READ_ONLY)
        ? new DiskSpec(Path.of(value.substring(0, value.length() - READ_ONLY.length())), true)
        : new DiskSpec(Path.of(value), false);
  }
}
