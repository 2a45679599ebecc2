package atoll.tests;

import atoll.testkit.BareBoard;
import atoll.testkit.GuestProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** A program for {@code guests/differential}: blocks behind it in memory, as one flat image. */
final class DifferentialImage {
  private static final long PROGRAM = TableLayout.PROGRAM;
  private static final long MAGIC = 0x6c6c6f7461L;
  private static final int HEADER = 32;

  private final List<Block> blocks = new ArrayList<>();
  private final List<Integer> stops = new ArrayList<>();

  /** Adds a whole block. */
  void add(Block block) {
    add(block, block.items().size());
  }

  /** Adds a block that is over when it comes to item {@code stop}. */
  void add(Block block, int stop) {
    blocks.add(block);
    stops.add(stop);
  }

  /**
   * The image from the start of RAM on.
   *
   * @param verbose whether the guest prints the whole state
   */
  byte[] build(int repetitions, boolean verbose) throws IOException {
    ByteBuffer descriptors =
        ByteBuffer.allocate(HEADER + blocks.size() * Block.DESCRIPTOR)
            .order(ByteOrder.LITTLE_ENDIAN);
    descriptors.putLong(MAGIC).putLong(blocks.size()).putLong(repetitions);
    descriptors.putLong(verbose ? 1 : 0);
    List<byte[]> codes = new ArrayList<>();
    long at = PROGRAM + descriptors.capacity();
    for (int i = 0; i < blocks.size(); i++) {
      Block b = blocks.get(i);
      Block.Placed placed = b.place(at, stops.get(i));
      codes.add(placed.code());
      descriptors.putLong(at).putLong(placed.end()).putLong(b.seed()).putLong(b.window());
      descriptors.putLong(b.status()).putInt(b.mode()).putInt(b.levels()).putInt(b.fcsr());
      descriptors.put((byte) b.aligned()).put((byte) b.any()).put((byte) b.call());
      descriptors.put((byte) (b.looseAccessed() ? 1 : 0));
      descriptors.putInt(b.secondLevels()).putInt(b.guestAccess());
      at += placed.code().length;
    }
    byte[] guest = GuestProgram.flat("differential");
    ByteBuffer image = ByteBuffer.allocate((int) (at - BareBoard.RAM));
    image.put(guest).position((int) (PROGRAM - BareBoard.RAM));
    image.put(descriptors.array());
    codes.forEach(image::put);
    return image.array();
  }
}
