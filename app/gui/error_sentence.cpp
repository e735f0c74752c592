// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/error_sentence.h"

#include "widgets/util/text.h"

#include <QCoreApplication>

namespace cutaway::app {

namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("Errors", text);
}

} // namespace

QString meaningOf(ErrorCode code) {
    switch (code) {
    case ErrorCode::Usage:
        return tr("This cannot be asked like that");
    case ErrorCode::BadCut:
        return tr("This is no cut");
    case ErrorCode::UnknownTarget:
        return tr("The model has no such part");
    case ErrorCode::IllegalCut:
        return tr("This kind of cut does not go there");
    case ErrorCode::OutOfRange:
        return tr("This is out of range");
    case ErrorCode::NotSingleToken:
        return tr("This is not one token");
    case ErrorCode::NoReference:
        return tr("What it compares with or borrows from is missing");
    case ErrorCode::Unsupported:
        return tr("Cutaway does not support this");
    case ErrorCode::FileNotFound:
        return tr("It was not found");
    case ErrorCode::FileUnreadable:
        return tr("It cannot be read");
    case ErrorCode::FileUnwritable:
        return tr("It could not be written");
    case ErrorCode::BadFile:
        return tr("The file is damaged or of another kind");
    case ErrorCode::BadModel:
        return tr("The parts of this model do not fit together");
    case ErrorCode::BadTokenizer:
        return tr("Its tokenizer cannot be used");
    case ErrorCode::BadJson:
        return tr("The file is no valid JSON");
    case ErrorCode::NoTokenizer:
        return tr("This model has no tokenizer, so it takes token ids");
    case ErrorCode::OutOfMemory:
        return tr("There is not enough memory; a shorter prompt or a smaller model needs less");
    case ErrorCode::Device:
        return tr("The device failed");
    case ErrorCode::NumericFault:
        return tr("The model's numbers broke down");
    case ErrorCode::EngineLost:
        return tr("The engine ended; nothing is lost, Ctrl+R tries again");
    case ErrorCode::Cancelled:
        return tr("It was stopped");
    case ErrorCode::Internal:
        return tr("This is a mistake of Cutaway's own");
    }
    return {};
}

QString sentenceOf(const Error& error) {
    const QString detail = widgets::visibleText(QString::fromStdString(error.message));
    const QString meaning = meaningOf(error.code);
    return detail.isEmpty() ? meaning : tr("%1: %2").arg(meaning, detail);
}

} // namespace cutaway::app
