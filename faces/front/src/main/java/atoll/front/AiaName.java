package atoll.front;

import atoll.vmm.Aia;

/** Reads {@code none}, {@code aplic} or {@code aplic-imsic}. */
final class AiaName extends OneOf<Aia> {
  AiaName() {
    super(Aia.class);
  }
}
