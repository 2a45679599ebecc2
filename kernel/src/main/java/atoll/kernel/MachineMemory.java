package atoll.kernel;

import atoll.host.HostMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The board's machine memory and its contiguous allocator: each virtual machine gets one block,
 * first fit by host-physical address (HPA); at its stop the block is reclaimed and can be given to
 * the next, zeroed. Thread-safe.
 *
 * <p>Every block is a mapping of its own in this process, so an address computed beyond one block
 * does not land in another's by construction of the map.
 */
public final class MachineMemory {
  private static final long PAGE = 4096;

  private final long size;
  private final List<Block> blocks = new ArrayList<>();
  private long allocations;
  private long peak;

  /** A part of machine memory in use. */
  static final class Block {
    final String owner;
    final long hpa;
    final HostMemory memory;

    private Block(String owner, long hpa, HostMemory memory) {
      this.owner = owner;
      this.hpa = hpa;
      this.memory = memory;
    }

    long size() {
      return memory.segment().byteSize();
    }
  }

  /**
   * What is in use.
   *
   * @param size bytes of machine memory
   * @param used bytes given out
   * @param peak most bytes given out at one time
   * @param allocations blocks given out since the start
   * @param extents the blocks in use by address
   */
  public record Usage(long size, long used, long peak, long allocations, List<Extent> extents) {}

  /** Machine memory that belongs to a domain: {@code bytes} from host-physical {@code hpa}. */
  public record Extent(String owner, long hpa, long bytes) {}

  /**
   * A board with that much memory.
   *
   * @param size bytes, a multiple of 4096; {@link Long#MAX_VALUE} rounded down for no limit
   */
  public MachineMemory(long size) {
    if (size <= 0) {
      throw new IllegalArgumentException("machine memory must be positive: " + size);
    }
    this.size = size / PAGE * PAGE;
  }

  /** What is in use now. */
  public synchronized Usage usage() {
    List<Extent> extents = blocks.stream().map(b -> new Extent(b.owner, b.hpa, b.size())).toList();
    return new Usage(size, used(), peak, allocations, extents);
  }

  /**
   * Takes a zeroed block.
   *
   * @param bytes a positive multiple of 4096
   * @return empty if there is no gap of that size
   */
  synchronized Optional<Block> allocate(String owner, long bytes) {
    long hpa = firstFit(bytes);
    if (hpa < 0) {
      return Optional.empty();
    }
    Block block = new Block(owner, hpa, HostMemory.allocate(bytes));
    blocks.add(block);
    blocks.sort(Comparator.comparingLong(b -> b.hpa));
    allocations++;
    peak = Math.max(peak, used());
    return Optional.of(block);
  }

  /** Takes a block back; its contents are gone. */
  synchronized void release(Block block) {
    if (blocks.remove(block)) {
      block.memory.close();
    }
  }

  private long firstFit(long bytes) {
    long hpa = 0;
    for (Block block : Collections.unmodifiableList(blocks)) {
      if (block.hpa - hpa >= bytes) {
        return hpa;
      }
      hpa = block.hpa + block.size();
    }
    return size - hpa >= bytes ? hpa : -1;
  }

  private long used() {
    return blocks.stream().mapToLong(Block::size).sum();
  }
}
