package atoll.front;

import atoll.image.ByteSize;
import atoll.vmm.BoardPlan;
import java.util.OptionalLong;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a size that RAM can have: whole pages, and not more than a board has room for. */
final class RamSize implements ITypeConverter<Long> {
  private static final long PAGE = 4096;

  @Override
  public Long convert(String value) {
    OptionalLong bytes = ByteSize.parse(value);
    if (bytes.isEmpty() && !ByteSize.isTooLarge(value)) {
      return new MemorySize().convert(value);
    }
    long size = bytes.orElse(Long.MAX_VALUE);
    if (size == 0 || size % PAGE != 0 || size > BoardPlan.MAX_MEMORY) {
      throw new TypeConversionException(
          "'%s' is not a size of RAM; give whole pages of 4K, at most %s, such as 512M or 1G"
              .formatted(value, ByteSize.format(BoardPlan.MAX_MEMORY)));
    }
    return size;
  }
}
