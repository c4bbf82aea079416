#pragma once
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/tx.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>

// Macros that Swift cannot import.
static const int mmaudio_averror_eof = AVERROR_EOF;
static const int mmaudio_averror_eagain = AVERROR(EAGAIN);
static const int mmaudio_averror_enomem = AVERROR(ENOMEM);
static const int mmaudio_averror_enospc = AVERROR(ENOSPC);
static const int mmaudio_averror_eio = AVERROR(EIO);
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

/// Scales RGB24 rows of `stride` bytes to the size and pixel format of `to`; negative on failure.
static inline int mmaudio_scale_rgb(const uint8_t *rows, int stride, int width, int height,
                                    AVFrame *to) {
  const uint8_t *const planes[4] = {rows, NULL, NULL, NULL};
  const int strides[4] = {stride, 0, 0, 0};
  struct SwsContext *scaler =
      sws_getContext(width, height, AV_PIX_FMT_RGB24, to->width, to->height,
                     (enum AVPixelFormat)to->format, SWS_AREA, NULL, NULL, NULL);
  if (!scaler)
    return AVERROR(ENOMEM);
  int status = sws_scale(scaler, planes, strides, 0, height, to->data, to->linesize);
  sws_freeContext(scaler);
  return status;
}

static inline void mmaudio_free_scaler(void *scaler) {
  sws_freeContext((struct SwsContext *)scaler);
}

/// Whether the codec's header of an HEVC stream has all parameter sets (video, sequence, picture), in
/// either of the forms that it comes in.
static inline int mmaudio_has_hevc_parameters(const AVCodecParameters *codec) {
  const uint8_t *data = codec->extradata;
  int size = codec->extradata_size, found = 0;
  if (codec->codec_id != AV_CODEC_ID_HEVC || size < 23)
    return 0;
  if (data[0] == 1 && (data[1] || data[2] > 1)) {
    // As in MP4: after 22 bytes the number of arrays; each has a type, and how many units with lengths.
    const uint8_t *end = data + size, *at = data + 23;
    for (int arrays = data[22]; arrays > 0 && end - at >= 3; arrays--) {
      int units = at[1] << 8 | at[2];
      if (units > 0)
        found |= (at[0] & 63) == 32 ? 1 : (at[0] & 63) == 33 ? 2 : (at[0] & 63) == 34 ? 4 : 0;
      for (at += 3; units > 0 && end - at >= 2; units--) {
        int length = at[0] << 8 | at[1];
        at = end - at - 2 >= length ? at + 2 + length : end;
      }
    }
  } else {
    // As in transport streams: start codes.
    for (int i = 0; i + 3 < size; i++)
      if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) {
        int type = data[i + 3] >> 1 & 63;
        found |= type == 32 ? 1 : type == 33 ? 2 : type == 34 ? 4 : 0;
      }
  }
  return found == 7;
}

/// Gives `to` all that a player must know of `from`: codec, size, colours, side data such as rotation
/// and HDR, frame rate, metadata. Negative on failure.
/// The container's own name for the codec is kept where `container` knows it as well.
static inline int mmaudio_copy_stream(const AVFormatContext *container, AVStream *to,
                                      const AVStream *from) {
  const struct AVCodecTag *const *tags = container->oformat->codec_tag;
  unsigned int other;
  int status = avcodec_parameters_copy(to->codecpar, from->codecpar);
  if (status < 0)
    return status;
  if (tags && av_codec_get_id(tags, from->codecpar->codec_tag) != from->codecpar->codec_id &&
      av_codec_get_tag2(tags, from->codecpar->codec_id, &other))
    to->codecpar->codec_tag = 0;
  // What FFmpeg would write, hev1, says that parameter sets may stand among the pictures; Apple's players
  // refuse it. Dolby Vision has names of its own.
  unsigned int hvc1 = MKTAG('h', 'v', 'c', '1'), hev1 = MKTAG('h', 'e', 'v', '1');
  if (tags && av_codec_get_id(tags, hvc1) == AV_CODEC_ID_HEVC &&
      (to->codecpar->codec_tag == 0 || to->codecpar->codec_tag == hev1) &&
      mmaudio_has_hevc_parameters(to->codecpar))
    to->codecpar->codec_tag = hvc1;
  to->time_base = from->time_base;
  to->avg_frame_rate = from->avg_frame_rate;
  to->r_frame_rate = from->r_frame_rate;
  // Some muxers read the stream's aspect ratio, some the codec's, and none takes two that differ.
  if (from->sample_aspect_ratio.num)
    to->codecpar->sample_aspect_ratio = from->sample_aspect_ratio;
  to->sample_aspect_ratio = to->codecpar->sample_aspect_ratio;
  to->disposition = from->disposition;
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
  for (int i = 0; i < from->nb_side_data; i++) {
    uint8_t *data =
        av_stream_new_side_data(to, from->side_data[i].type, from->side_data[i].size);
    if (!data)
      return AVERROR(ENOMEM);
    memcpy(data, from->side_data[i].data, from->side_data[i].size);
  }
#endif
  return av_dict_copy(&to->metadata, from->metadata, 0);
}

/// Gives an encoder of subtitles the styles that a decoder found. Negative on failure.
static inline int mmaudio_copy_subtitle_header(AVCodecContext *to, const AVCodecContext *from) {
  if (from->subtitle_header_size <= 0)
    return 0;
  // Encoders read it as a string.
  to->subtitle_header = (uint8_t *)av_mallocz(from->subtitle_header_size + 1);
  if (!to->subtitle_header)
    return AVERROR(ENOMEM);
  memcpy(to->subtitle_header, from->subtitle_header, from->subtitle_header_size);
  to->subtitle_header_size = from->subtitle_header_size;
  return 0;
}

/// Gives a packet other bytes and leaves the rest of it. Negative on failure.
static inline int mmaudio_replace_data(AVPacket *packet, const uint8_t *bytes, int size) {
  AVBufferRef *buffer = av_buffer_allocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
  if (!buffer)
    return AVERROR(ENOMEM);
  memcpy(buffer->data, bytes, size);
  av_buffer_unref(&packet->buf);
  packet->buf = buffer;
  packet->data = buffer->data;
  packet->size = size;
  return 0;
}

/// Whether Matroska files get the rotation of their pictures.
static inline int mmaudio_matroska_holds_rotation(void) {
  return LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(61, 0, 100);
}

/// How much later, in ticks of the stream, Opus packets must be given to Matroska: readers subtract
/// the codec's delay from all times, which FFmpeg 5 states but does not add.
static inline int64_t mmaudio_matroska_delay(const AVStream *stream) {
  const AVCodecParameters *codec = stream->codecpar;
  if (LIBAVFORMAT_VERSION_MAJOR >= 60 || codec->codec_id != AV_CODEC_ID_OPUS)
    return 0;
  return av_rescale_q(codec->initial_padding, (AVRational){1, 48000}, stream->time_base);
}

/// Turns a cover picture's stream into an attachment, as Matroska has it. Negative on failure.
static inline int mmaudio_attach_cover(AVStream *to, const AVStream *from) {
  int png = from->codecpar->codec_id == AV_CODEC_ID_PNG;
  int size = from->attached_pic.size;
  uint8_t *data = size > 0 ? av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE) : NULL;
  if (!data)
    return AVERROR(ENOMEM);
  memcpy(data, from->attached_pic.data, size);
  av_freep(&to->codecpar->extradata);
  to->codecpar->codec_type = AVMEDIA_TYPE_ATTACHMENT;
  to->codecpar->extradata = data;
  to->codecpar->extradata_size = size;
  to->disposition = 0;
  av_dict_set(&to->metadata, "filename", png ? "cover.png" : "cover.jpg", AV_DICT_DONT_OVERWRITE);
  return av_dict_set(&to->metadata, "mimetype", png ? "image/png" : "image/jpeg",
                     AV_DICT_DONT_OVERWRITE);
}

/// Copies the chapters, for which libavformat has no public function, so that `origin` becomes 0; one that
/// ends before it is left out. Negative on failure.
static inline int mmaudio_copy_chapters(AVFormatContext *to, const AVFormatContext *from,
                                        int64_t origin, AVRational base) {
  if (from->nb_chapters == 0)
    return 0;
  to->chapters = (AVChapter **)av_calloc(from->nb_chapters, sizeof(*to->chapters));
  if (!to->chapters)
    return AVERROR(ENOMEM);
  for (unsigned int i = 0; i < from->nb_chapters; i++) {
    int64_t shift = av_rescale_q(origin, base, from->chapters[i]->time_base);
    if (from->chapters[i]->end <= shift)
      continue;
    AVChapter *chapter = (AVChapter *)av_mallocz(sizeof(*chapter));
    if (!chapter)
      return AVERROR(ENOMEM);
    chapter->id = from->chapters[i]->id;
    chapter->time_base = from->chapters[i]->time_base;
    chapter->start = FFMAX(from->chapters[i]->start - shift, 0);
    chapter->end = from->chapters[i]->end - shift;
    av_dict_copy(&chapter->metadata, from->chapters[i]->metadata, 0);
    to->chapters[to->nb_chapters++] = chapter;
  }
  return 0;
}

#define MMAUDIO_HAS_CHANNEL_LAYOUTS LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 24, 100)

/// Makes an encoder take the channels of some loudspeakers.
static inline void mmaudio_set_speakers(AVCodecContext *context, uint64_t speakers) {
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  av_channel_layout_from_mask(&context->ch_layout, speakers);
#else
  context->channels = av_get_channel_layout_nb_channels(speakers);
  context->channel_layout = speakers;
#endif
}

#if MMAUDIO_HAS_CHANNEL_LAYOUTS
static inline uint64_t mmaudio_speakers(const AVChannelLayout *layout) {
  if (layout->order == AV_CHANNEL_ORDER_NATIVE)
    return layout->u.mask;
  // Some files state a number of channels but not which they are.
  AVChannelLayout usual;
  av_channel_layout_default(&usual, layout->nb_channels);
  uint64_t speakers = usual.order == AV_CHANNEL_ORDER_NATIVE ? usual.u.mask : 0;
  av_channel_layout_uninit(&usual);
  return speakers;
}
#endif

/// The loudspeakers of a frame of sound; 0 if nobody knows.
static inline uint64_t mmaudio_frame_speakers(const AVFrame *frame) {
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  return mmaudio_speakers(&frame->ch_layout);
#else
  return frame->channel_layout ? frame->channel_layout
                               : (uint64_t)av_get_default_channel_layout(frame->channels);
#endif
}

/// The loudspeakers of a stream of sound; 0 if nobody knows.
static inline uint64_t mmaudio_stream_speakers(const AVCodecParameters *codec) {
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  return mmaudio_speakers(&codec->ch_layout);
#else
  return codec->channel_layout ? codec->channel_layout
                               : (uint64_t)av_get_default_channel_layout(codec->channels);
#endif
}

/// Makes `frame` hold `count` samples of each of an encoder's channels, which `samples` has in groups of
/// `stride`; negative on failure.
static inline int mmaudio_fill_frame(AVFrame *frame, const AVCodecContext *encoder,
                                     const float *samples, int stride, int count) {
  av_frame_unref(frame);
  frame->format = encoder->sample_fmt;
  frame->sample_rate = encoder->sample_rate;
  frame->nb_samples = count;
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  int channels = encoder->ch_layout.nb_channels;
  int status = av_channel_layout_copy(&frame->ch_layout, &encoder->ch_layout);
  if (status < 0)
    return status;
#else
  int status, channels = encoder->channels;
  frame->channels = channels;
  frame->channel_layout = encoder->channel_layout;
#endif
  status = av_frame_get_buffer(frame, 0);
  if (status < 0)
    return status;
  int planar = av_sample_fmt_is_planar(encoder->sample_fmt);
  for (int channel = 0; channel < channels; channel++) {
    float *to = (float *)frame->extended_data[planar ? channel : 0] + (planar ? 0 : channel);
    for (int i = 0; i < count; i++)
      to[planar ? i : i * channels] = samples[i * stride + channel];
  }
  return 0;
}

/// Makes `frame` hold `count` floats of one channel; negative on failure.
static inline int mmaudio_fill_mono(AVFrame *frame, enum AVSampleFormat format, int sampleRate,
                                    const float *samples, int count) {
  av_frame_unref(frame);
  frame->format = format;
  frame->sample_rate = sampleRate;
  frame->nb_samples = count;
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  av_channel_layout_default(&frame->ch_layout, 1);
#else
  frame->channels = 1;
  frame->channel_layout = AV_CH_LAYOUT_MONO;
#endif
  int status = av_frame_get_buffer(frame, 0);
  if (status >= 0)
    memcpy(frame->data[0], samples, sizeof(float) * (size_t)count);
  return status;
}

/// A resampler from sound like `frame`'s to interleaved floats for other loudspeakers at `sampleRate`, or
/// NULL.
static inline struct SwrContext *mmaudio_resampler(const AVFrame *frame, int sampleRate,
                                                   uint64_t speakers) {
  struct SwrContext *context = NULL;
#if MMAUDIO_HAS_CHANNEL_LAYOUTS
  AVChannelLayout to, from;
  uint64_t known = mmaudio_frame_speakers(frame);
  if (av_channel_layout_from_mask(&to, speakers) < 0)
    return NULL;
  if (known)
    av_channel_layout_from_mask(&from, known);
  else if (av_channel_layout_copy(&from, &frame->ch_layout) < 0)
    return NULL;
  swr_alloc_set_opts2(&context, &to, AV_SAMPLE_FMT_FLT, sampleRate, &from,
                      (enum AVSampleFormat)frame->format, frame->sample_rate, 0, NULL);
  av_channel_layout_uninit(&from);
#else
  context = swr_alloc_set_opts(NULL, speakers, AV_SAMPLE_FMT_FLT, sampleRate,
                               mmaudio_frame_speakers(frame), (enum AVSampleFormat)frame->format,
                               frame->sample_rate, 0, NULL);
#endif
  if (!context)
    return NULL;
  // Where channels become fewer they are averaged; without this the sum may exceed full scale.
  av_opt_set_double(context, "rematrix_maxval", 1, 0);
  if (swr_init(context) < 0)
    swr_free(&context);
  return context;
}

/// Resamples a frame, or at its end (NULL) what is still inside; returns the samples written of each channel.
static inline int mmaudio_resample(struct SwrContext *context, float *samples, int capacity,
                                   const AVFrame *frame) {
  uint8_t *planes[1] = {(uint8_t *)samples};
  return swr_convert(context, planes, capacity,
                     frame ? (const uint8_t **)frame->extended_data : NULL,
                     frame ? frame->nb_samples : 0);
}
