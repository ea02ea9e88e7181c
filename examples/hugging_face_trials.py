"""Hugging Face: does dropout help a BERT of random weights? Needs transformers and accelerate.

Run: python hugging_face_trials.py [folder] [epochs]. Nothing is downloaded.
"""

from __future__ import annotations

import sys

import torch
from torch.utils.data import Dataset
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    PrinterCallback,
    Trainer,
    TrainingArguments,
    logging,
)

import bridle
from bridle.callbacks import HuggingFaceTrial

WORDS, LENGTH = 40, 12


class Sentences(Dataset):
    """Sentences of random words; the label says which of the words 1 and 2 comes more often."""

    def __init__(self, count: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        self.words = torch.randint(3, WORDS, (count, LENGTH), generator=generator)
        chosen = torch.rand(count, LENGTH, generator=generator)
        self.words[chosen < 0.2] = 1
        self.words[chosen > 0.8] = 2
        self.labels = ((self.words == 1).sum(1) > (self.words == 2).sum(1)).long()
        wrong = torch.rand(count, generator=generator) < 0.1
        self.labels = torch.where(wrong, 1 - self.labels, self.labels)

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, row: int) -> dict[str, torch.Tensor]:
        return {"input_ids": self.words[row], "labels": self.labels[row]}


def build() -> BertForSequenceClassification:
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=WORDS,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=64,
            max_position_embeddings=LENGTH,
        )
    )


def main(folder: str = "hugging-face-runs", epochs: str = "8") -> None:
    logging.set_verbosity_error()
    train, validation, test = Sentences(256, 0), Sentences(256, 1), Sentences(1000, 2)
    # BERT's own dropout of 0.1, at its own places, against none.
    study = bridle.Trials(folder, arms=("baseline", "dropout:0.1"), seeds=5)
    for trial in study:
        network = trial.network(build, own=True)
        trainer = Trainer(
            network,
            TrainingArguments(
                num_train_epochs=int(epochs),
                per_device_train_batch_size=32,
                per_device_eval_batch_size=256,
                learning_rate=3e-3,
                seed=trial.seed_of("order"),
                eval_strategy="epoch",
                logging_strategy="epoch",
                save_strategy="no",
                report_to=[],
                use_cpu=True,
                disable_tqdm=True,
            ),
            train_dataset=train,
            eval_dataset=validation,
            callbacks=[HuggingFaceTrial(trial)],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        with trial.noise_free(network):
            trial.finish(logits=network(test.words).logits, targets=test.labels)
        curves = study.results(trial.arm, trial.seed)
        print(f"{trial.arm}, seed {trial.seed}: validation loss {curves['val_loss'][-1]:.3f}")
    print(study.judge())


if __name__ == "__main__":
    main(*sys.argv[1:])
