/** Keys of this user: who this host is to others, and whom it trusts. */
module atoll.keys {
  requires atoll.host;
  requires atoll.image;

  exports atoll.keys to
      atoll.trust,
      atoll.manager,
      atoll.front;
}
