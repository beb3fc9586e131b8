"""What the API takes and gives of donations."""

from donations.schemas.answers import DonationMade, DonationState
from donations.schemas.requests import DonationHeaders, NewDonation, Wish

__all__ = ["DonationHeaders", "DonationMade", "DonationState", "NewDonation", "Wish"]
