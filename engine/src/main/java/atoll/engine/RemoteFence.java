package atoll.engine;

/** What one hart asks others to do before they go on (SBI §8, RFENCE). */
public sealed interface RemoteFence {
  /** Makes earlier stores visible to instruction fetch. */
  record Instruction() implements RemoteFence {}

  /**
   * Orders earlier page-table stores before later translations.
   *
   * @param start first virtual address
   * @param size bytes; with {@code start} 0 and {@code size} 0, or size all-ones, everything
   * @param asid address space, or -1 for all
   */
  record Address(long start, long size, int asid) implements RemoteFence {}

  /**
   * The same for a guest's own page tables ({@code hfence.vvma}).
   *
   * @param vmid the guest
   * @param addresses in the guest's address spaces
   */
  record Guest(int vmid, Address addresses) implements RemoteFence {}

  /**
   * Orders earlier stores to second-stage tables before later translations ({@code hfence.gvma}).
   *
   * @param vmid the guest, or -1 for all
   */
  record SecondStage(int vmid) implements RemoteFence {}
}
