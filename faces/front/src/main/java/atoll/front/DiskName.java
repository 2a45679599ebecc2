package atoll.front;

import atoll.disk.DiskLocation;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of an image's file, or the address of an NBD export. */
final class DiskName implements ITypeConverter<DiskLocation> {
  @Override
  public DiskLocation convert(String value) {
    if (!DiskLocation.atServer(value)) {
      return DiskLocation.of(new FileName().convert(value));
    }
    try {
      return DiskLocation.parse(value);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
