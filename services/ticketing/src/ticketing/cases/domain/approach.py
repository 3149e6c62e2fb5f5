"""How a contact came about: who asked, who owes the answer, by which way it came (R-20, R-21, R-25, R-49)."""

from dataclasses import dataclass

from ombud_words import Channel, ContactOrigin, Counterpart, Phase, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    counterpart: Counterpart = Counterpart.SELLER
    asked_by: Role = Role.BUYER
    """Whose contact it is, whoever opened it: a buyer's or a seller's."""
    channel: Channel = Channel.THREAD
    origin: ContactOrigin = ContactOrigin.SITE
    phase: Phase = Phase.AFTER
    """Where the contact stood to its purchase when it was opened."""

    @property
    def with_platform(self) -> bool:
        """Tell whether the platform owes the answer."""
        return self.counterpart == Counterpart.PLATFORM

    @property
    def concerns_buyer(self) -> bool:
        """Tell whether the buyer is a party: a seller's question to the platform never reaches one."""
        return self.asked_by == Role.BUYER

    @property
    def concerns_seller(self) -> bool:
        """Tell whether the seller is a party, who sees the case."""
        return self.asked_by == Role.SELLER or not self.with_platform


FROM_BUYER_TO_SELLER = Approach()
