"""Everyday questions that no collection of this house answers, by which a collection learns how close a stranger comes.

A cosine means nothing by itself: each embedder has its own scale, and a large collection has something near to
anything. How far a question stands above the cohort's best cosines does (score normalisation against a cohort of
impostors, as in Auckenthaler, Carey and Lloyd-Thomas, 2000, doi:10.1006/dspr.1999.0360). Nobody labels anything.
"""

import logging

import numpy as np

from retrieval.errors import EmbedderUnavailable
from retrieval.protocols import Embedder, Vectors

COHORT = (
    "明天会不会下雨",
    "番茄炒蛋先放哪一样",
    "这首歌是谁唱的",
    "小孩感冒了要不要去医院",
    "猫总是掉毛怎么回事",
    "从这里去火车站坐几路车",
    "昨晚的球赛几比几",
    "世界上最高的山有多高",
    "讲个笑话给我听",
    "唐朝有多少个皇帝",
    "手机充不进电了",
    "哪家饭店的火锅好吃",
    "失眠有什么办法",
    "月亮为什么有时候圆有时候弯",
    "机票退票要扣多少钱",
    "这部电视剧的结局是什么",
    "阳台上种什么花好养",
    "彩票中了怎么领",
    "英语单词背了就忘怎么办",
    "房贷提前还划算吗",
    "恐龙是什么时候灭绝的",
    "驾照丢了去哪里补",
    "送女朋友什么礼物好",
    "牙疼吃什么药",
    "这座桥是哪一年建成的",
    "小说的作者是哪里人",
    "西瓜怎么挑才甜",
    "电影院几点开门",
    "毛衣缩水了怎么恢复",
    "哪种鱼刺最少",
    "地震来了往哪里跑",
    "象棋里的马怎么走",
)

log = logging.getLogger(__name__)


def cohort_vectors(embedder: Embedder) -> Vectors | None:
    """The cohort as unit vectors, shape (len(COHORT), dimensions); None while the embedder cannot be reached."""
    try:
        return np.stack([embedder.embed_query(text) for text in COHORT])
    except EmbedderUnavailable as error:
        log.warning("how close a stranger comes stays unknown: %s", error)
        return None
