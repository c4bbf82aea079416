#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

// Macros that Swift cannot import.
static const int mmaudio_averror_eof = AVERROR_EOF;
static const int mmaudio_averror_eagain = AVERROR(EAGAIN);
static const int mmaudio_averror_enomem = AVERROR(ENOMEM);
static const int64_t mmaudio_av_nopts_value = AV_NOPTS_VALUE;

// What differs between FFmpeg 4 and 8, so that no Swift code depends on the version.

/// The nine values of the stream's display matrix, or NULL.
static inline const int32_t *mmaudio_display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data,
      AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
  for (int i = 0; i < stream->nb_side_data; i++)
    if (stream->side_data[i].type == AV_PKT_DATA_DISPLAYMATRIX &&
        (size_t)stream->side_data[i].size >= 9 * sizeof(int32_t))
      return (const int32_t *)stream->side_data[i].data;
  return NULL;
#endif
}

/// The nine values of the frame's own display matrix, or NULL.
static inline const int32_t *mmaudio_frame_display_matrix(const AVFrame *frame) {
  const AVFrameSideData *data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return data && (size_t)data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
}

/// How long the frame is shown, in ticks of its stream's time base; 0 if nobody knows.
static inline int64_t mmaudio_frame_duration(const AVFrame *frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
  return frame->duration;
#else
  return frame->pkt_duration;
#endif
}

/// `scaler`, or a new one in its place, that turns pictures like `frame` into RGB24 of their size by
/// the colour matrix and range that the frame states.
/// SwsContext is opaque before FFmpeg 8 and a plain struct after, which Swift imports differently.
static inline void *mmaudio_rgb_scaler(void *scaler, const AVFrame *frame) {
  struct SwsContext *context = sws_getCachedContext(
      (struct SwsContext *)scaler, frame->width, frame->height, (enum AVPixelFormat)frame->format,
      frame->width, frame->height, AV_PIX_FMT_RGB24, SWS_BILINEAR, NULL, NULL, NULL);
  int *from, *to, full, toFull, brightness, contrast, saturation;
  if (!context || sws_getColorspaceDetails(context, &from, &full, &to, &toFull, &brightness,
                                           &contrast, &saturation) < 0)
    return context;
  // swscale numbers its matrices as AVColorSpace does, and takes BT.601 where none is stated.
  int unstated = frame->colorspace == AVCOL_SPC_RGB || frame->colorspace == AVCOL_SPC_UNSPECIFIED;
  const int *matrix = sws_getCoefficients(unstated ? SWS_CS_DEFAULT : (int)frame->colorspace);
  if (frame->color_range != AVCOL_RANGE_UNSPECIFIED)
    full = frame->color_range == AVCOL_RANGE_JPEG;
  sws_setColorspaceDetails(context, matrix, full, to, toFull, brightness, contrast, saturation);
  return context;
}

/// Writes `frame` as RGB24 rows of `stride` bytes; returns the rows written or a negative error.
static inline int mmaudio_to_rgb(void *scaler, const AVFrame *frame, uint8_t *rows, int stride) {
  uint8_t *const planes[4] = {rows, NULL, NULL, NULL};
  const int strides[4] = {stride, 0, 0, 0};
  return sws_scale((struct SwsContext *)scaler, (const uint8_t *const *)frame->data,
                   frame->linesize, 0, frame->height, planes, strides);
}

static inline void mmaudio_free_scaler(void *scaler) {
  sws_freeContext((struct SwsContext *)scaler);
}
