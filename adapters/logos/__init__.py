"""Redraws strangers' pictures as logos, in single-use processes."""

from adapters.logos.painter import ProcessLogoPainter as ProcessLogoPainter
