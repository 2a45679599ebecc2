package atoll.vmm;

import java.util.List;

/** The value of a property that a user adds to a node of the device tree. */
public sealed interface DeviceProperty {
  /** Adds it to a node. */
  void set(FdtNode node, String name);

  /**
   * Numbers of 32 bits.
   *
   * @param numbers -2^31 to 2^32 - 1 each
   */
  record Cells(List<Long> numbers) implements DeviceProperty {
    /** The smallest number. */
    public static final long LEAST = Integer.MIN_VALUE;

    /** The largest number. */
    public static final long MOST = 0xffff_ffffL;

    public Cells {
      numbers = List.copyOf(numbers);
      for (long number : numbers) {
        if (number < LEAST || number > MOST) {
          throw new VmException(
              "%d has no room in the 32 bits of a cell; give its two halves".formatted(number));
        }
      }
    }

    @Override
    public void set(FdtNode node, String name) {
      node.cells(name, numbers.stream().mapToInt(Long::intValue).toArray());
    }
  }

  /** One text, or a list. */
  record Texts(List<String> texts) implements DeviceProperty {
    public Texts {
      texts = List.copyOf(texts);
    }

    @Override
    public void set(FdtNode node, String name) {
      node.strings(name, texts.toArray(String[]::new));
    }
  }

  /** It means something by being there. */
  record Flag() implements DeviceProperty {
    @Override
    public void set(FdtNode node, String name) {
      node.flag(name);
    }
  }
}
