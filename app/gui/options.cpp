// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/options.h"

#include "core/engine/process/remote_engine.h"
#include "core/types/cut_text.h"

#include <QRegularExpression>

namespace cutaway::app {

namespace {

tl::unexpected<Error> refuse(const QString& sentence) {
    return fail(ErrorCode::Usage, "read options", sentence.toStdString());
}

TokenChoice choiceOf(const QString& text) {
    bool number = false;
    const int id = text.mid(1).toInt(&number);
    if (text.startsWith(QLatin1Char('#')) && number && id >= 0) return TokenId(id);
    return text.toStdString();
}

Status apply(Options& options, const QString& name, const QString& value) {
    if (name == QLatin1String("--prompt")) {
        options.prompt = value;
    } else if (name == QLatin1String("--prompts")) {
        if (value.isEmpty()) return refuse(QStringLiteral("--prompts needs a file name"));
        options.prompts = value;
    } else if (name == QLatin1String("--donor")) {
        options.donor = value.startsWith(QLatin1String("B=")) ? value.mid(2) : value;
    } else if (name == QLatin1String("--cut")) {
        Result<Cut> cut = parseCut(value.toStdString());
        if (!cut) return fail(cut.error());
        options.cuts.push_back(std::move(*cut));
    } else if (name == QLatin1String("--answer")) {
        options.answer.push_back(choiceOf(value));
    } else if (name == QLatin1String("--wrong")) {
        options.wrong.push_back(choiceOf(value));
    } else if (name == QLatin1String("--view")) {
        static const QStringList views{QStringLiteral("attention"), QStringLiteral("inside"),
                                       QStringLiteral("lens"),      QStringLiteral("attribution"),
                                       QStringLiteral("sweep"),     QStringLiteral("neurons")};
        if (!views.contains(value))
            return refuse(QStringLiteral("there is no view '%1', there are %2")
                              .arg(value, views.join(QStringLiteral(", "))));
        options.view = value;
    } else if (name == QLatin1String("--device")) {
        static const QRegularExpression known(QStringLiteral("^(cpu|cuda(:[0-9]{1,3})?)$"));
        if (!known.match(value).hasMatch())
            return refuse(QStringLiteral("--device is '%1', expected cpu or cuda[:N]").arg(value));
        options.device = value;
    } else if (name == QLatin1String("--engine")) {
        if (const auto command = engine::remoteCommand(value.toStdString(), true); !command)
            return fail(command.error());
        options.engine = value;
    } else if (name == QLatin1String("--screenshot")) {
        if (value.isEmpty()) return refuse(QStringLiteral("--screenshot needs a file name"));
        options.screenshot = value;
    } else {
        const auto match = QRegularExpression(QStringLiteral("^([0-9]{2,5})x([0-9]{2,5})$")).match(value);
        const QSize size(match.captured(1).toInt(), match.captured(2).toInt());
        if (!match.hasMatch() || size.width() < 320 || size.height() < 240 || size.width() > 16384 ||
            size.height() > 16384)
            return refuse(
                QStringLiteral("--size '%1' is no size such as 1600x1000, from 320x240").arg(value));
        options.size = size;
    }
    return {};
}

} // namespace

Result<Options> parseOptions(const QStringList& arguments) {
    static const QStringList valued{
        QStringLiteral("--prompt"), QStringLiteral("--cut"),   QStringLiteral("--answer"),
        QStringLiteral("--wrong"),  QStringLiteral("--view"),  QStringLiteral("--screenshot"),
        QStringLiteral("--size"),   QStringLiteral("--donor"), QStringLiteral("--prompts"),
        QStringLiteral("--engine"), QStringLiteral("--device")};
    Options options;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        QString name = arguments.at(i);
        if (!name.startsWith(QLatin1Char('-'))) {
            const QString before = options.model + options.session;
            if (!before.isEmpty())
                return refuse(
                    QStringLiteral("'%1' is one model or session too many after '%2'").arg(name, before));
            const bool session = name.endsWith(QLatin1String(".cutaway"), Qt::CaseInsensitive);
            (session ? options.session : options.model) = name;
            continue;
        }
        if (name == QLatin1String("--help") || name == QLatin1String("-h")) {
            options.help = true;
        } else if (name == QLatin1String("--version")) {
            options.version = true;
        } else if (name == QLatin1String("--dark") || name == QLatin1String("--light")) {
            options.dark = name == QLatin1String("--dark");
        } else {
            std::optional<QString> value;
            if (const qsizetype at = name.indexOf(QLatin1Char('=')); at > 0) {
                value = name.mid(at + 1);
                name = name.left(at);
            }
            if (!valued.contains(name)) return refuse(QStringLiteral("unknown option '%1'").arg(name));
            if (!value && i + 1 < arguments.size()) value = arguments.at(++i);
            if (!value) return refuse(QStringLiteral("option '%1' needs a value").arg(name));
            if (const Status s = apply(options, name, *value); !s) return fail(s.error());
        }
    }
    if (!options.size.isEmpty() && options.screenshot.isEmpty() && options.size.width() < 640)
        return refuse(QStringLiteral("--size under 640 is for --screenshot only"));
    if (options.answer.empty() && !options.wrong.empty())
        return refuse(QStringLiteral("--wrong needs --answer: rather than what?"));
    return options;
}

QString usageText() {
    return QStringLiteral(
        "cutaway [MODEL|SESSION] [--prompt TEXT | --prompts FILE] [--donor TEXT] [--cut CUT]... [--answer T "
        "--wrong "
        "T]\n"
        "        [--view NAME] [--screenshot FILE.png [--size WxH]] [--dark|--light]\n"
        "        [--device cpu|cuda[:N]] [--engine ssh:HOST]\n"
        "MODEL is a model folder or `demo`, the shipped model (default); SESSION a saved session (.cutaway). "
        "--donor is the second prompt, lane "
        "B;\n--prompts opens a set: a JSON object a line, or a table (.csv) with a column `prompt`.\n"
        "--engine runs the model on another machine, which has cutaway-engine in its PATH: MODEL is a path "
        "there.\n");
}

} // namespace cutaway::app
