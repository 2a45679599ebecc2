package atoll.front;

import atoll.scenario.DiskSpec;
import picocli.CommandLine.ITypeConverter;

/** Reads {@code FILE}, with {@code ,ro} and {@code ,pci} behind it in any order. */
final class DiskArgument implements ITypeConverter<DiskSpec> {
  private static final String READ_ONLY = ",ro";
  private static final String PCI = ",pci";

  @Override
  public DiskSpec convert(String value) {
    if (value.endsWith(READ_ONLY)) {
      DiskSpec disk = convert(without(value, READ_ONLY));
      return new DiskSpec(disk.file(), true, disk.pci());
    }
    if (value.endsWith(PCI)) {
      DiskSpec disk = convert(without(value, PCI));
      return new DiskSpec(disk.file(), disk.readOnly(), true);
    }
    return new DiskSpec(new FileName().convert(value), false);
  }

  private static String without(String value, String end) {
    return value.substring(0, value.length() - end.length());
  }
}
