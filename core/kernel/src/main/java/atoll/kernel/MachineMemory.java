package atoll.kernel;

import atoll.host.HostMemory;
import atoll.memory.MachineExtent;
import atoll.state.Unsaved;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The board's machine memory. Each block is given out by one of two policies, first fit by
 * host-physical address (HPA); at its owner's end it is reclaimed and can be given to the next,
 * zeroed. All blocks together never exceed the board. Thread-safe.
 *
 * <p>Every block is a mapping of its own in this process, so an address computed beyond one block
 * does not land in another's by construction of the map. The host fills it at the first touch.
 */
public final class MachineMemory {
  private static final long PAGE = 4096;

  private final long size;

  @Unsaved("what is given out is taken again by the new owners")
  private final List<Block> blocks = new ArrayList<>();

  @Unsaved("for statistics")
  private long allocations;

  @Unsaved("for statistics")
  private long peak;

  /** How a block is taken from machine memory, and whether it can give back parts. */
  public enum Policy {
    /** In one piece, which its owner keeps until its end. */
    CONTIGUOUS,
    /** In whatever pieces there are; its owner can give back the contents of pages in between. */
    PAGED
  }

  /** A part of machine memory in use. */
  @Unsaved("where the host has memory")
  static final class Block {
    final String owner;
    final HostMemory memory;
    private final Policy policy;
    private final List<Extent> extents;
    private volatile long reclaimed;

    private Block(String owner, Policy policy, List<Extent> extents, HostMemory memory) {
      this.owner = owner;
      this.policy = policy;
      this.extents = extents;
      this.memory = memory;
    }

    /** Where it is, in the order of its bytes. */
    List<MachineExtent> machine() {
      return extents.stream().map(e -> new MachineExtent(e.hpa, e.bytes)).toList();
    }

    long size() {
      return memory.segment().byteSize();
    }

    /** Gives a range's contents back to the host, if the policy lets it; the range stays. */
    synchronized Status reclaim(long offset, long bytes) {
      if (policy != Policy.PAGED) {
        return Status.BAD_STATE;
      }
      memory.discard(offset, bytes);
      reclaimed += bytes;
      return Status.OK;
    }

    /** What is in it, to be copied. */
    BlockContents contents() {
      return new BlockContents(machine(), policy, memory);
    }

    private Account account() {
      return new Account(owner, policy, size(), memory.resident(), reclaimed);
    }
  }

  /**
   * What is in use.
   *
   * @param size bytes of machine memory
   * @param used bytes given out
   * @param peak most bytes given out at one time
   * @param allocations blocks given out since the start
   * @param extents the pieces in use by address
   * @param accounts the blocks in the order in which they were given out
   */
  public record Usage(
      long size,
      long used,
      long peak,
      long allocations,
      List<Extent> extents,
      List<Account> accounts) {
    /** Whether there is as much as anybody wants. */
    public boolean unlimited() {
      return size == Long.MAX_VALUE / PAGE * PAGE;
    }
  }

  /** Machine memory that has an owner: {@code bytes} from host-physical {@code hpa}. */
  public record Extent(String owner, long hpa, long bytes) {
    private long end() {
      return hpa + bytes;
    }
  }

  /**
   * One block.
   *
   * @param bytes that only its owner may use
   * @param resident bytes of it that take up the host's memory: touched, and not reclaimed since;
   *     empty where the host does not say
   * @param reclaimed bytes that its owner has given back in the course of time
   */
  public record Account(
      String owner, Policy policy, long bytes, OptionalLong resident, long reclaimed) {}

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
    List<Account> accounts = blocks.stream().map(Block::account).toList();
    return new Usage(size, used(), peak, allocations, extents(), accounts);
  }

  /**
   * Takes a zeroed block.
   *
   * @param bytes a positive multiple of 4096
   * @return empty if there is no gap of that size, or, if the block is paged, not as much in all
   */
  synchronized Optional<Block> allocate(String owner, long bytes, Policy policy) {
    List<Extent> extents = fit(owner, bytes, policy);
    if (extents.isEmpty()) {
      return Optional.empty();
    }
    Block block = new Block(owner, policy, extents, HostMemory.allocate(bytes));
    blocks.add(block);
    allocations++;
    peak = Math.max(peak, used());
    return Optional.of(block);
  }

  /**
   * Takes a block at given places, with contents of its own.
   *
   * @param places in the order of its bytes, as many as {@code contents} has
   * @return empty if a part of them is not free, or not on the board
   */
  synchronized Optional<Block> place(
      String owner, List<MachineExtent> places, Policy policy, HostMemory contents) {
    List<Extent> wanted = places.stream().map(e -> new Extent(owner, e.hpa(), e.bytes())).toList();
    long bytes = wanted.stream().mapToLong(Extent::bytes).sum();
    if (bytes != contents.segment().byteSize() || !free(wanted)) {
      return Optional.empty();
    }
    Block block = new Block(owner, policy, wanted, contents);
    blocks.add(block);
    allocations++;
    peak = Math.max(peak, used());
    return Optional.of(block);
  }

  private boolean free(List<Extent> wanted) {
    long end = 0;
    List<Extent> all = new ArrayList<>(extents());
    all.addAll(wanted);
    all.sort(Comparator.comparingLong(Extent::hpa));
    for (Extent extent : all) {
      if (extent.hpa < end || extent.bytes <= 0 || extent.bytes > size - extent.hpa) {
        return false;
      }
      end = extent.end();
    }
    return true;
  }

  /** Takes a block back; its contents are gone. */
  synchronized void release(Block block) {
    if (blocks.remove(block)) {
      block.memory.close();
    }
  }

  private List<Extent> fit(String owner, long bytes, Policy policy) {
    List<Extent> taken = new ArrayList<>();
    long missing = bytes;
    for (Extent gap : gaps()) {
      if (gap.bytes >= missing || policy == Policy.PAGED) {
        Extent piece = new Extent(owner, gap.hpa, Math.min(gap.bytes, missing));
        taken.add(piece);
        missing -= piece.bytes;
      }
      if (missing == 0) {
        return List.copyOf(taken);
      }
    }
    return List.of();
  }

  /** What is free, by address. */
  private List<Extent> gaps() {
    List<Extent> gaps = new ArrayList<>();
    long hpa = 0;
    for (Extent extent : extents()) {
      if (extent.hpa > hpa) {
        gaps.add(new Extent("", hpa, extent.hpa - hpa));
      }
      hpa = extent.end();
    }
    if (hpa < size) {
      gaps.add(new Extent("", hpa, size - hpa));
    }
    return gaps;
  }

  private List<Extent> extents() {
    return blocks.stream()
        .flatMap(block -> block.extents.stream())
        .sorted(Comparator.comparingLong(Extent::hpa))
        .toList();
  }

  private long used() {
    return blocks.stream().mapToLong(Block::size).sum();
  }
}
