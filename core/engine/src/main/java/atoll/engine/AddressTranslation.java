package atoll.engine;

import java.util.List;
import java.util.OptionalLong;

/**
 * Where an address leads by the guest's tables, whatever rights they give.
 *
 * @param steps the entries that were read, in order
 * @param physical the guest-physical address; empty if there is none
 * @param page bytes of the page around the address for which that holds
 * @param obstacle why there is none, in a few words; empty if there is one
 */
public record AddressTranslation(
    List<Step> steps, OptionalLong physical, long page, String obstacle) {
  /**
   * An entry of a table.
   *
   * @param stage 1; or 2 for a guest-physical address of a guest's own guest
   * @param level counted down to 0
   * @param address the entry's own, as its stage has it
   * @param entry what is there
   */
  public record Step(int stage, int level, long address, long entry) {}

  public AddressTranslation {
    steps = List.copyOf(steps);
  }
}
