-- For those who ask by time only: whoever asks for a queue's waiting rows must find them by their
-- queue, even with a plan made while nothing waited, when one index seemed as good as another.
drop index outbox_due;
create index outbox_due on outbox (available_at) where state = 'waiting' and available_at is not null;
